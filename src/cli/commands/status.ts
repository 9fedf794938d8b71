import type { Engine } from '../../engine/engine.ts';
import type { EngineFacts, LiveCollector, ThrottledOrigin } from '../../engine/facts.ts';
import { openEngine } from '../../engine/open-engine.ts';
import type { RunCounts } from '../../engine/run-counts.ts';
import { runState } from '../../engine/run-counts.ts';
import { UnknownRunError, UsageError } from '../../model/errors.ts';
import type { RunId } from '../../model/run-id.ts';
import { leftOutWords } from '../../report/links/left-out-words.ts';
import { shownNumber } from '../../report/shown-figures.ts';
import { byHold, throttleReason } from '../../report/throttle-reason.ts';
import { type CommandContext, engineSpec } from '../command-context.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { runOnRedis } from '../open-engine.ts';
import { alignedRows } from '../terminal/aligned-rows.ts';

/** `trawl status [RUN]`: shows the progress of the runs, and which origins are throttled. */
export async function status(context: CommandContext): Promise<ExitCode> {
  const { config, words, log, stdout } = context;
  if (words.length > 1) throw new UsageError('status takes one run, or none for all of them');
  const engine = await openEngine(engineSpec(config.process, 'none'), log);
  try {
    const statuses = words[0] === undefined ? await allRuns(engine) : [await statusOf(engine, await runOnRedis(engine, words[0]))];
    const [throttled, { workers, collectors }] = await Promise.all([engine.throttled(), engine.facts()]);
    stdout.write(
      config.report.statusFormat === 'json'
        ? statusJson(statuses, throttled, { workers, collectors })
        : statusTable(statuses) + leftOutText(statuses) + throttledText(throttled) + collectorsText(collectors),
    );
    return EXIT.ok;
  } finally {
    await engine.close();
  }
}

async function statusOf(engine: Engine, run: RunId): Promise<RunStatus> {
  return { run, counts: await engine.counts(run) };
}

async function allRuns(engine: Engine): Promise<RunStatus[]> {
  const statuses: RunStatus[] = [];
  for (const run of await engine.runs()) {
    const counts = await countsIfKnown(engine, run);
    if (counts !== undefined) statuses.push({ run, counts });
  }
  return statuses;
}

/** The counts of a run; undefined if it expired after it was listed. */
async function countsIfKnown(engine: Engine, run: RunId): Promise<RunCounts | undefined> {
  try {
    return await engine.counts(run);
  } catch (error) {
    if (error instanceof UnknownRunError) return undefined;
    throw error;
  }
}

interface RunStatus {
  run: RunId;
  counts: RunCounts;
}

const HEAD = ['Run', 'State', 'URLs', 'Done', 'Ok', 'Failed', 'Skipped', 'In flight', 'Retries'];

/** One line for each run, in aligned columns. */
export function statusTable(statuses: readonly RunStatus[]): string {
  if (statuses.length === 0) return 'No runs.\n';
  return alignedRows([HEAD, ...statuses.map(statusCells)], { right: [2, 3, 4, 5, 6, 7, 8] });
}

/** One line for each run that did not follow some links: how many and why. Empty if there are none. */
export function leftOutText(statuses: readonly RunStatus[]): string {
  const withSkipped = statuses.filter(({ counts }) => Object.values(counts.leftOut).some((links) => links > 0));
  if (withSkipped.length === 0) return '';
  const width = Math.max(...withSkipped.map(({ run }) => run.length));
  return `\nLinks not followed:\n${withSkipped.map(({ run, counts }) => `  ${run.padEnd(width)}  ${leftOutWords(counts.leftOut)}\n`).join('')}`;
}

const MAX_SHOWN = 20;

/** One line for each throttled origin, those that are held longest first. Empty if there are none. */
export function throttledText(origins: readonly ThrottledOrigin[]): string {
  if (origins.length === 0) return '';
  const shown = byHold(origins).slice(0, MAX_SHOWN);
  const width = Math.max(...shown.map(({ origin }) => origin.length));
  const lines = shown.map((it) => `  ${it.origin.padEnd(width)}  ${it.concurrency} at a time, ${throttleReason(it)}`);
  const more = origins.length - shown.length;
  return `\nThrottled origins, of all runs:\n${lines.join('\n')}\n${more > 0 ? `  and ${shownNumber(more)} more\n` : ''}`;
}

/** One line for each live collector that collects all runs. Empty if there are none. */
export function collectorsText(collectors: readonly LiveCollector[]): string {
  if (collectors.length === 0) return '';
  const width = Math.max(...collectors.map(({ name }) => name.length));
  const lines = collectors.map(
    ({ name, runs }) => `  ${name.padEnd(width)}  ${shownNumber(runs)} ${runs === 1 ? 'run' : 'runs'} at present`,
  );
  return `\nCollectors:\n${lines.join('\n')}\n`;
}

/** One JSON document: the counts of the engine, the throttled origins, and the processes that are alive. */
export function statusJson(
  statuses: readonly RunStatus[],
  throttled: readonly ThrottledOrigin[],
  { workers, collectors }: Pick<EngineFacts, 'workers' | 'collectors'>,
): string {
  const runs = statuses.map(({ run, counts }) => ({ run, ...counts, state: runState(counts) }));
  return `${JSON.stringify({ schema: 1, runs, throttled: byHold(throttled), workers, collectors }, null, 2)}\n`;
}

function statusCells({ run, counts }: RunStatus): string[] {
  const { accepted, discovered, settled, ok, failed, skipped, inFlight, retries } = counts;
  return [run, runState(counts), ...[accepted + discovered, settled, ok, failed, skipped, inFlight, retries].map(shownNumber)];
}

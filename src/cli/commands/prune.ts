import type { Engine } from '../../engine/engine.ts';
import { UsageError } from '../../model/errors.ts';
import { shownBytes, shownNumber } from '../../report/shown-figures.ts';
import { visible } from '../../report/shown-text.ts';
import type { CommandContext } from '../command-context.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { openUnlessStopped } from '../open-engine.ts';
import { type Pruned, pruneRuns } from '../prune/prune-runs.ts';
import { pruneTicks } from '../prune/prune-ticks.ts';
import { stoppedCode } from '../shutdown.ts';
import { alignedRows } from '../terminal/aligned-rows.ts';

/** `trawl prune`: removes old runs from this machine, and compresses logs. */
export async function prune(context: CommandContext): Promise<ExitCode> {
  const { config, stdout, shutdown } = context;
  const { dryRun, interrupted, ...rules } = config.prune;
  if (Object.keys(rules).length === 0)
    throw new UsageError('say what is to be kept: --keep 30d, --keep-bytes 50GB, or both; or --compress 7d to compress logs');
  const { dataDir, redisUrl } = config.process;
  let engine: Engine | undefined;
  if (redisUrl !== undefined) {
    engine = await openUnlessStopped(context, 'none');
    if (engine === undefined) return stoppedCode(shutdown);
  }
  try {
    const where = { dataDir, nowMs: Date.now(), pid: process.pid, dryRun, interrupted, ...(engine !== undefined && { engine }) };
    const pruned = await pruneRuns(where, rules);
    const timers = engine === undefined ? [] : await pruneTicks(engine, { dryRun });
    stdout.write(config.report.statusFormat === 'json' ? prunedJson(pruned, dryRun, timers) : prunedText(pruned, dataDir, dryRun, timers));
    return EXIT.ok;
  } finally {
    await engine?.close();
  }
}

/** The text for people: what was removed, compressed and kept, and what was left alone and why. `timers` are those of killed watches. */
export function prunedText(
  { removed, compressed, kept, left, bytes }: Pruned,
  dataDir: string,
  dryRun: boolean,
  timers: readonly string[] = [],
): string {
  const [would, done] = dryRun ? ['Would remove', 'Would compress'] : ['Removed', 'Compressed'];
  const freed = removed.reduce((sum, run) => sum + run.bytes, 0);
  const lines = [
    removed.length === 0 ? 'No run to remove.\n' : `${would} ${runs(removed.length)}, ${shownBytes(freed)}:\n`,
    alignedRows(
      removed.map((run) => [
        `  ${run.run}`,
        `ended ${shownTime(run.endedMs)}`,
        shownBytes(run.bytes),
        run.reason === 'size' ? 'to free space' : '',
      ]),
      { right: [2] },
    ),
    compressed.length === 0
      ? ''
      : `${done} ${shownNumber(compressed.length)} ${compressed.length === 1 ? 'log' : 'logs'}: ${compressedSizes(compressed)}\n`,
    timers.length === 0
      ? ''
      : `${would} ${shownNumber(timers.length)} ${timers.length === 1 ? 'timer' : 'timers'} of killed watches on Redis: ${timers.join(', ')}\n`,
    `${dryRun ? 'Would keep' : 'Kept'} ${runs(kept.runs)}, ${shownBytes(bytes)} in ${dataDir}.\n`,
    kept.unfinished === 0
      ? ''
      : `${shownNumber(kept.unfinished)} of them ${kept.unfinished === 1 ? 'has not ended, or was not collected to its end' : 'have not ended, or were not collected to their end'}: --continue RUN goes on with an interrupted run, and --interrupted removes those too.\n`,
    ...left.map(({ path, why }) => `Left alone: ${visible(path)}: ${visible(why)}\n`),
  ];
  return lines.join('');
}

function compressedSizes(compressed: Pruned['compressed']): string {
  const before = compressed.reduce((sum, { beforeBytes }) => sum + beforeBytes, 0);
  const after = compressed.reduce((sum, { afterBytes = 0 }) => sum + afterBytes, 0);
  return after === 0 ? shownBytes(before) : `${shownBytes(before)} became ${shownBytes(after)}`;
}

function runs(count: number): string {
  return `${shownNumber(count)} ${count === 1 ? 'run' : 'runs'}`;
}

function shownTime(ms: number): string {
  return new Date(ms).toISOString().slice(0, 16).replace('T', ' ');
}

/** One JSON document, sizes in bytes. */
export function prunedJson({ removed, compressed, kept, left, bytes }: Pruned, dryRun: boolean, timers: readonly string[] = []): string {
  const document = {
    schema: 1,
    dryRun,
    removed: removed.map(({ endedMs, ...run }) => ({ ...run, endedAt: new Date(endedMs).toISOString() })),
    freedBytes: removed.reduce((sum, run) => sum + run.bytes, 0),
    compressed,
    kept: { ...kept, bytes },
    left,
    timers,
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

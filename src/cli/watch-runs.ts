import { CollectorDiskError } from '../collector/disk-error.ts';
import { openRunFolder } from '../collector/run-folder.ts';
import { crawl } from '../crawl.ts';
import type { Engine } from '../engine/engine.ts';
import { ConflictError, RunClaimedError, UnknownRunError } from '../model/errors.ts';
import type { OutcomeLine } from '../model/lines/outcome-line.ts';
import { newRunId, type RunId } from '../model/run-id.ts';
import type { StatusRange } from '../model/run-options.ts';
import type { RunSummary } from '../model/run-summary.ts';
import { shownMs, shownNumber } from '../report/shown-figures.ts';
import { visible } from '../report/shown-text.ts';
import { orAborted } from '../util/async.ts';
import { systemClock } from '../util/clock.ts';
import { checkSource } from '../watch/check-source.ts';
import { Findings } from '../watch/findings.ts';
import { Rounds, TickTaker } from '../watch/rounds.ts';
import { runFate } from '../watch/run-fate.ts';
import type { Service } from '../watch/service.ts';
import type { CommandContext } from './command-context.ts';
import { workerOptions } from './commands/worker.ts';
import { EXIT, type ExitCode, exitCodeOfRun } from './exit-code.ts';
import { lockFolder } from './folder-lock.ts';
import { stoppedCode } from './shutdown.ts';
import { WatchScreen } from './terminal/watch-screen.ts';

/**
 * When a run of the watch reaches one of these limits, it ends and the next one begins. This bounds memory: an open run keeps 15 bytes for each of its rows (11 on Redis), and up to 200 for each batch. It also gives
 * logs of about a day each, which can be searched and removed.
 */
interface RunLimits {
  ms: number;
  checks: number;
}

const LIMITS: RunLimits = { ms: 24 * 60 * 60_000, checks: 500_000 };

/** After this many lock times without progress, the run counts as lost: a worker that died loses its visits after one, and other workers have repeated them after another one or two. */
const LOST_LOCKS = 3;

/** How long to wait for the engine to remove a run that is over. */
const REMOVE_MS = 2_000;

/** Checks the services, in one run after another, until all rounds are done or the stop comes. Prints changes, and the state of all services at the end. */
export async function watchServices(
  context: CommandContext,
  engine: Engine,
  services: readonly Service[],
  limits: RunLimits = LIMITS,
): Promise<ExitCode> {
  const { config, log, shutdown, tell } = context;
  const { everyMs, times = Number.POSITIVE_INFINITY } = config.watch;
  const startMs = systemClock.monotonicMs();
  const findings = new Findings(services, config.watch, rangesText(config.run.accept), Date.now());
  const rounds = new Rounds(services.length);
  const screen = new WatchScreen(context, findings);
  const over = new AbortController();
  const first = newRunId(Date.now());
  const ticks = new TickTaker(engine.ticks(first, everyMs, AbortSignal.any([shutdown.signal, over.signal])));
  tell(`watching ${counted(services.length, 'service')} every ${shownMs(everyMs)}: run ${first}; trawl report ${first} shows every check`);
  try {
    let came: Awaited<ReturnType<typeof watchRun>>;
    for (let run = first; !shutdown.signal.aborted && rounds.count < times && came !== 'ended'; run = newRunId(Date.now())) {
      if (run !== first) tell(`the watch continues in run ${run}`);
      came = await watchRun(context, engine, { run, services, rounds, ticks, times, findings, screen, limits });
      if (came === 'ended') tell(`run ${run} was ended by another command, which ends the watch too`);
      if (came !== 'lost') continue;
      log.warn({ event: 'data-lost', run }, `Redis no longer has all of run ${run}: its results so far are in its log`);
      rounds.repeat();
    }
    await screen.end(rounds.count, systemClock.monotonicMs() - startMs);
    if (shutdown.signal.aborted) return stoppedCode(shutdown);
    if (came === 'ended') return EXIT.stopped;
    const isWell = findings.all.every(({ state }) => state.state !== 'down');
    if (came === undefined || came === 'lost') return isWell ? EXIT.ok : EXIT.failed;
    return exitCodeOfRun(came, isWell);
  } finally {
    screen.close();
    over.abort();
    await ticks.end();
  }
}

interface WatchRun {
  run: RunId;
  services: readonly Service[];
  rounds: Rounds;
  ticks: TickTaker;
  times: number;
  findings: Findings;
  screen: WatchScreen;
  limits: RunLimits;
}

/** Runs one run of the watch to its end. Resolves to its summary, to `ended` if another command ended it, to `lost` if Redis lost all or part of it, or to undefined if it was stopped without a summary. */
async function watchRun(
  context: CommandContext,
  engine: Engine,
  { run, services, rounds, ticks, times, findings, screen, limits }: WatchRun,
): Promise<RunSummary | 'ended' | 'lost' | undefined> {
  const { config, log, shutdown } = context;
  try {
    await orAborted(engine.openRun({ ...config.run, independent: true }, run), shutdown.signal);
  } catch (error) {
    // Opening waits for an unreachable Redis. A stop ends the wait.
    if (shutdown.signal.aborted) return undefined;
    throw error;
  }
  const folder = await openRunFolder(config.process.dataDir, run);
  // On Redis no lock is needed: other processes see there that the run is under way.
  const unlock = config.process.redisUrl === undefined ? await lockFolder(folder, process.pid) : undefined;
  const endMs = systemClock.monotonicMs() + limits.ms;
  let isGiven = false;
  const source = checkSource({
    services,
    rounds,
    ticks,
    isOver: (checks) => {
      isGiven = rounds.count >= times || checks >= limits.checks || systemClock.monotonicMs() >= endMs;
      return isGiven;
    },
    onLate: (late) => log.warn({ event: 'rounds-late' }, lateText(late)),
  });
  const onBatch = async (lines: readonly OutcomeLine[]) => {
    const found = lines.flatMap((line) => findings.take(line) ?? []);
    for (const { meta } of found) rounds.end(meta.service);
    await screen.show(found, run);
  };
  const over = new AbortController();
  const broken = new AbortController();
  const fateOptions = { isGiven: () => isGiven, isUnderWay: () => rounds.areUnderWay, lostMs: LOST_LOCKS * config.process.lockMs };
  const looking = runFate(engine, run, fateOptions, over.signal).then((fate) => {
    if (fate !== undefined) broken.abort();
    return fate;
  });
  try {
    const job = { run, sources: [source], folder, worker: workerOptions(context), onBatch };
    const summary = await crawl(engine, job, log, AbortSignal.any([shutdown.signal, broken.signal]));
    return broken.signal.aborted ? await looking : summary;
  } catch (error) {
    if (error instanceof CollectorDiskError || config.process.redisUrl === undefined) throw error;
    if (shutdown.signal.aborted) {
      // Redis is unreachable at the end. The watch needs nothing more from it, because all changes have been printed.
      log.warn({ event: 'run-incomplete', run, err: error }, `run ${run} is not complete: Redis was unreachable at the end`);
      return undefined;
    }
    if (error instanceof ConflictError) return 'ended';
    if (error instanceof UnknownRunError || error instanceof RunClaimedError) return 'lost';
    throw error;
  } finally {
    await unlock?.();
    over.abort();
    await orAborted(looking, AbortSignal.timeout(REMOVE_MS)).catch(() => {});
    // All results are in the log, and nobody collects the run again.
    await orAborted(engine.remove(run), AbortSignal.timeout(REMOVE_MS)).catch(() => {});
  }
}

function lateText(late: readonly Service[]): string {
  const [first, ...others] = late;
  const more = others.length === 0 ? '' : ` and ${shownNumber(others.length)} more`;
  return `a round starts without ${visible(first?.shownUrl ?? '')}${more}: the previous check is still running`;
}

function rangesText(ranges: readonly StatusRange[]): string {
  return ranges.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(',');
}

function counted(amount: number, noun: string): string {
  return `${shownNumber(amount)} ${noun}${amount === 1 ? '' : 's'}`;
}

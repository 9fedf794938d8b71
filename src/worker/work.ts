import type { Log } from '../core/log.ts';
import { PageBudget } from '../core/page-budget.ts';
import type { PrivateAddresses } from '../core/run-options.ts';
import type { Engine, WorkLimits } from '../engine/engine.ts';
import { createFetcher } from '../fetch/fetcher.ts';
import type { ProxySettings } from '../fetch/proxies.ts';
import { BodyFiles } from './body-files.ts';
import { LinkFinder } from './find-links.ts';
import { pageBudgetBytes } from './memory-limit.ts';
import { RobotsGate } from './robots-gate.ts';
import { RunMaps } from './run-maps.ts';
import { visitEntries } from './visit-entries.ts';

export interface WorkerOptions {
  /** Requests in flight. */
  concurrency: number;
  /** How long requests in flight may go on after the stop. */
  drainMs: number;
  /** The name in outcomes and in `status`. */
  worker: string;
  proxies?: ProxySettings;
  /** No other process can work on this engine. */
  alone?: boolean;
  /** The folder in which bodies are saved. */
  saveBodies?: string;
  /** The most that any run may reach from this worker. */
  privateCeiling?: PrivateAddresses;
  /** Where `env:NAME` header values are read from. */
  env: Readonly<Record<string, string | undefined>>;
}

/** Works until the signal aborts, then finishes what is in flight or, after `drainMs`, gives it back. */
export async function runWorker(engine: Engine, options: WorkerOptions, log: Log, signal: AbortSignal): Promise<void> {
  const { concurrency, drainMs, worker, env, proxies, privateCeiling, saveBodies, alone = false } = options;
  const fetcher = createFetcher({
    env,
    ...(proxies === undefined ? {} : { proxies }),
    ...(privateCeiling === undefined ? {} : { privateCeiling }),
  });
  const maps = new RunMaps(concurrency, log);
  const robots = new RobotsGate(fetcher, Math.random, log);
  const budget = new PageBudget(pageBudgetBytes());
  const finder = new LinkFinder(budget);
  const accepts: WorkLimits['accepts'] = (run, runOptions) => maps.accepts(run, runOptions);
  try {
    const bodies = saveBodies === undefined ? {} : { bodies: new BodyFiles(saveBodies) };
    const context = { fetcher, worker, random: Math.random, robots, finder, budget, maps, alone, ...bodies, log };
    await engine.work((visit) => visitEntries(visit, context), { concurrency, drainMs, worker, accepts }, signal);
  } finally {
    await Promise.all([fetcher.close(), maps.close()]);
  }
}

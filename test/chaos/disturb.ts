import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fetchingChildren } from '../processes/own-children.ts';
import { CLAIM_MS } from './build-copy.ts';
import { type Cluster, HELD, SLOTS, STOPPED_MS } from './cluster.ts';
import type { FaultKind } from './fault.ts';
import type { Part } from './processes.ts';
import type { SeededRandom } from './seeded-random.ts';

/** The most that one worker has in flight. */
export const OF_A_WORKER = SLOTS * HELD;
/** The most in flight at all workers when Redis or the network fails. */
export const OF_ALL = 3 * OF_A_WORKER;

/** Longer than a claim. */
const COLLECTOR_STOPPED_MS = CLAIM_MS + 1_500;
const LOOK_MS = 20;

/** Spreads faults over the run, one after each share of the requests. While a fault lasts, the site answers slowly. */
export async function spread(cluster: Cluster, kills: number, fault: (index: number) => Promise<void> | void): Promise<void> {
  const share = cluster.inputs.length / (kills + 1);
  for (let index = 0; index < kills && !cluster.isOver(); index++) {
    cluster.target.fastUntil = (index + 1.5) * share;
    await cluster.until((index + 1) * share);
    if (!cluster.isOver()) await fault(index);
  }
  cluster.target.fastUntil = Number.POSITIVE_INFINITY;
}

/** Waits until this many faults have occurred by themselves, or the run is over. The site answers slowly while the run is ahead of the faults. */
export async function awaitFaults(cluster: Cluster, kills: number, meanwhile: () => void = () => {}): Promise<void> {
  const share = cluster.inputs.length / (kills + 1);
  while (cluster.faults.length < kills && !cluster.isOver()) {
    cluster.target.fastUntil = (cluster.faults.length + 1.5) * share;
    meanwhile();
    await sleep(LOOK_MS);
  }
  cluster.target.fastUntil = Number.POSITIVE_INFINITY;
}

const KILLED: Readonly<Record<Part, FaultKind>> = { worker: 'worker kill', collect: 'collector kill', enqueue: 'producer kill' };

/** Kills a process that is at work. */
export async function kill(cluster: Cluster, part: Part): Promise<void> {
  const victim = await cluster.victim(part);
  if (victim === undefined) return;
  victim.kill('SIGKILL');
  cluster.fault(KILLED[part], `SIGKILL to ${part} ${victim.pid}`, part === 'worker' ? OF_A_WORKER : 0);
  await exitOf(victim);
}

/** The processes that fetch for multi-process workers, once there are any; none if the run ends first. */
export async function untilFetching(cluster: Cluster): Promise<number[]> {
  while (!cluster.isOver()) {
    const workers = cluster.processes.running('worker');
    const children = (await Promise.all(workers.map(({ pid }) => fetchingChildren(pid)))).flat();
    if (children.length > 0) return children;
    await sleep(LOOK_MS);
  }
  return [];
}

/** Kills one of the processes that fetch for a multi-process worker. */
export async function killProcess(cluster: Cluster): Promise<void> {
  const children = await untilFetching(cluster);
  if (children.length === 0) return;
  const victim = cluster.random.pick(children);
  process.kill(victim, 'SIGKILL');
  cluster.fault('worker kill', `SIGKILL to process ${victim} of a worker`, OF_A_WORKER);
}

/** Asks a worker to stop. What it has in flight is completed or given back. */
export async function endWorker(cluster: Cluster): Promise<void> {
  const victim = await cluster.victim('worker');
  if (victim === undefined) return;
  victim.kill('SIGTERM');
  cluster.fault('worker end', `SIGTERM to worker ${victim.pid}`);
}

/** Suspends a process for longer than a lock or a claim lasts. */
export async function stop(cluster: Cluster, part: 'worker' | 'collect'): Promise<void> {
  const victim = await cluster.victim(part, (child) => !STOPPED.has(child));
  if (victim === undefined) return;
  const [kind, forMs] = part === 'worker' ? (['worker stop', STOPPED_MS] as const) : (['collector stop', COLLECTOR_STOPPED_MS] as const);
  STOPPED.add(victim);
  victim.kill('SIGSTOP');
  cluster.fault(kind, `${part} ${victim.pid} stopped for ${forMs} ms`, part === 'worker' ? OF_A_WORKER : 0);
  await sleep(forMs);
  victim.kill('SIGCONT');
  STOPPED.delete(victim);
}

const STOPPED = new WeakSet<ChildProcess>();

/** Counts the fault once the worker reports that it is blocked, because it may already have ended. */
export async function block(cluster: Cluster): Promise<void> {
  const before = cluster.faults.length;
  const victim = await cluster.victim('worker');
  victim?.kill('SIGUSR2');
  while (victim !== undefined && isAlive(victim) && cluster.faults.length === before && !cluster.isOver()) await sleep(LOOK_MS);
  if (victim !== undefined) await sleep(STOPPED_MS);
}

export async function killRedis(cluster: Cluster): Promise<void> {
  cluster.fault('Redis kill', 'Redis killed', OF_ALL);
  await cluster.killRedis();
}

/** Points at which a process may end itself, each with the maximum number of passes before it does. */
export type Points = Readonly<Record<string, number>>;

/** The environment of a process that ends itself at one of the points. */
export function doomed(random: SeededRandom, points: Points): Record<string, string> {
  const [point, most] = random.pick(Object.entries(points));
  return { CHAOS_DIE: `${point}:${random.between(1, most)}` };
}

export async function exitOf(child: ChildProcess): Promise<void> {
  while (isAlive(child)) await sleep(LOOK_MS);
}

function isAlive({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null;
}

import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fetchingChildren } from '../processes/own-children.ts';
import { CLAIM_MS } from './build-copy.ts';
import { type Cluster, HELD, SLOTS, STOPPED_MS } from './cluster.ts';
import type { FaultKind } from './fault.ts';
import type { Part } from './processes.ts';
import type { SeededRandom } from './seeded-random.ts';

/** What a worker has in flight at most. */
export const OF_A_WORKER = SLOTS * HELD;
/** What is seen of all workers at a fault of Redis or of the network. */
export const OF_ALL = 3 * OF_A_WORKER;

/** Longer than a claim. */
const COLLECTOR_STOPPED_MS = CLAIM_MS + 1_500;
const LOOK_MS = 20;

/** Spreads faults over the run: one each time that its share of the requests has come. While one takes its time, the site answers slowly. */
export async function spread(cluster: Cluster, kills: number, fault: (index: number) => Promise<void> | void): Promise<void> {
  const share = cluster.inputs.length / (kills + 1);
  for (let index = 0; index < kills && !cluster.isOver(); index++) {
    cluster.target.fastUntil = (index + 1.5) * share;
    await cluster.until((index + 1) * share);
    if (!cluster.isOver()) await fault(index);
  }
  cluster.target.fastUntil = Number.POSITIVE_INFINITY;
}

/** Waits until so many faults have come of themselves, or the run is over. The site answers slowly while the run is ahead of them. */
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

/** Kills one that is at work. */
export async function kill(cluster: Cluster, part: Part): Promise<void> {
  const victim = await cluster.victim(part);
  if (victim === undefined) return;
  victim.kill('SIGKILL');
  cluster.fault(KILLED[part], `SIGKILL to ${part} ${victim.pid}`, part === 'worker' ? OF_A_WORKER : 0);
  await exitOf(victim);
}

/** The processes that fetch for workers of several, as soon as there is one; none if the run is over before. */
export async function untilFetching(cluster: Cluster): Promise<number[]> {
  while (!cluster.isOver()) {
    const workers = cluster.processes.running('worker');
    const children = (await Promise.all(workers.map(({ pid }) => fetchingChildren(pid)))).flat();
    if (children.length > 0) return children;
    await sleep(LOOK_MS);
  }
  return [];
}

/** Kills one of the processes that fetch for a worker of several. */
export async function killProcess(cluster: Cluster): Promise<void> {
  const children = await untilFetching(cluster);
  if (children.length === 0) return;
  const victim = cluster.random.pick(children);
  process.kill(victim, 'SIGKILL');
  cluster.fault('worker kill', `SIGKILL to process ${victim} of a worker`, OF_A_WORKER);
}

/** Asks a worker to end; what it has in flight is fetched to its end or goes back. */
export async function endWorker(cluster: Cluster): Promise<void> {
  const victim = await cluster.victim('worker');
  if (victim === undefined) return;
  victim.kill('SIGTERM');
  cluster.fault('worker end', `SIGTERM to worker ${victim.pid}`);
}

/** For longer than a lock or a claim lasts. */
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

/** Counts when the worker says that it is blocked: it may have ended by then. */
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

/** Points at which a process may end itself, each with the most times that it may come there before. */
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

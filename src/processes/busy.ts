import { cpus } from 'node:os';
import { cpuUsage } from 'node:process';

/** How much processor time was used until a moment, in milliseconds. */
export interface Reading {
  atMs: number;
  /** By this process. */
  ownMs: number;
  /** By nobody, of all cores. */
  idleMs: number;
  /** URLs that were done. */
  settled: number;
}

/** One process that uses more of a core than this waits for nothing else. */
const BUSY_PART = 0.85;
/** Of another core, as much must be idle: where a server on the same machine uses it, more processes would only cost more. */
const IDLE_PART = 0.6;
/** With URLs that cost less, half of the gain is what it takes to hand them to another process: about 0.1 ms each, on both sides together. TLS handshakes and pages with links cost more. */
const LEAST_MS_PER_URL = 0.25;

export function readNow(settled: number): Reading {
  const { user, system } = cpuUsage();
  const idleMs = cpus().reduce((sum, { times }) => sum + times.idle, 0);
  return { atMs: performance.now(), ownMs: (user + system) / 1_000, idleMs, settled };
}

/** True if this process kept a core busy between the two with URLs that cost much, while as much as another core was idle: then more processes get more done. */
export function wouldMoreHelp(before: Reading, after: Reading): boolean {
  const elapsedMs = after.atMs - before.atMs;
  const ownMs = after.ownMs - before.ownMs;
  const isIdle = after.idleMs - before.idleMs >= IDLE_PART * elapsedMs;
  return isIdle && ownMs >= BUSY_PART * elapsedMs && ownMs >= LEAST_MS_PER_URL * (after.settled - before.settled);
}

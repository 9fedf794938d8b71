import { readFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { containerLimitBytes, memoryLimits } from '../worker/memory-limit.ts';

/** A process that fetches large sites takes about so much memory. */
const PROCESS_BYTES = 256 * 2 ** 20;

/** How many processes keep this machine's cores busy with so many requests at a time, and have the memory that they take. */
export function processesHere(concurrency: number, cores = coresHere(), memoryBytes = Math.min(totalmem(), containerLimitBytes())): number {
  return Math.max(1, Math.min(cores, concurrency, Math.floor(memoryBytes / PROCESS_BYTES)));
}

/** Cores that this process may use: those of the machine, or what its control group is given of them (`cpu.max` of version 2, the quota of version 1), rounded down. At least 1. */
export function coresHere(read: (path: string) => string = readText, machine = availableParallelism()): number {
  const [quota, period] = read('/sys/fs/cgroup/cpu.max').trim().split(' ');
  const old = Number(read('/sys/fs/cgroup/cpu/cpu.cfs_quota_us')) / Number(read('/sys/fs/cgroup/cpu/cpu.cfs_period_us'));
  const limits = [machine, Number(quota) / Number(period), old];
  // "max" and -1 are no limits.
  return Math.max(1, Math.floor(Math.min(...limits.filter((limit) => limit > 0))));
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** With less, modules hardly fit. */
const LEAST_MB = 96;

/** The JavaScript heap of each of so many processes, in MB: together they may have what this one may have. */
export function childHeapMb(processes: number, { heapBytes } = memoryLimits()): number {
  return Math.max(LEAST_MB, Math.floor(heapBytes / processes / 2 ** 20));
}

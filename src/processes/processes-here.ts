import { availableParallelism, totalmem } from 'node:os';
import { containerLimitBytes, memoryLimits, readSystemFile } from '../worker/memory-limit.ts';

/** Approximate memory of a process that crawls large sites. */
const PROCESS_BYTES = 256 * 2 ** 20;

/** How many processes this machine has cores and memory for, at this concurrency; at least 1. */
export function processesHere(concurrency: number, cores = coresHere(), memoryBytes = Math.min(totalmem(), containerLimitBytes())): number {
  return Math.max(1, Math.min(cores, concurrency, Math.floor(memoryBytes / PROCESS_BYTES)));
}

/**
 * The number of cores that this process may use: those of the machine, or the quota of its control group (`cpu.max` of
 * version 2, `cpu.cfs_quota_us` of version 1), rounded down. At least 1.
 */
export function coresHere(read: (path: string) => string = readSystemFile, machine = availableParallelism()): number {
  const [quota, period] = read('/sys/fs/cgroup/cpu.max').trim().split(' ');
  const quotaV1 = Number(read('/sys/fs/cgroup/cpu/cpu.cfs_quota_us')) / Number(read('/sys/fs/cgroup/cpu/cpu.cfs_period_us'));
  const limits = [machine, Number(quota) / Number(period), quotaV1];
  // "max" (NaN) and -1 mean no limit.
  return Math.max(1, Math.floor(Math.min(...limits.filter((limit) => limit > 0))));
}

/** With less heap, our own modules hardly fit. */
const MIN_MB = 96;

/** The heap limit of each process, in MB: together they may use as much as this process may. */
export function childHeapMb(processes: number, { heapBytes } = memoryLimits()): number {
  return Math.max(MIN_MB, Math.floor(heapBytes / processes / 2 ** 20));
}

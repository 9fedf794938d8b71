import { memoryLimits } from '../worker/memory-limit.ts';

/** With less, modules hardly fit. */
const LEAST_MB = 96;

/** The JavaScript heap of each of so many processes, in MB: together they may have what this one may have. */
export function childHeapMb(processes: number, { heapBytes } = memoryLimits()): number {
  return Math.max(LEAST_MB, Math.floor(heapBytes / processes / 2 ** 20));
}

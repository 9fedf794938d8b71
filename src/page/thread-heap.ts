/** What a thread's module may take where there is memory enough, and what it gets where there is hardly any: in MB. */
const MOST_MB = 512;
const LEAST_MB = 64;
/** Of the memory, what the rest of a worker needs. */
const WORKER_MB = 192;

/**
 * The JavaScript heap of each thread, in MB: so much that all of them together fit beside the worker. A container ends a process that takes more than it may, and that would be
 * the worker.
 *
 * @param memoryBytes what this process may take: its container's limit, or the machine's memory
 */
export function threadHeapMb(threads: number, memoryBytes: number): number {
  const share = Math.floor((memoryBytes / 2 ** 20 - WORKER_MB) / threads);
  return Math.max(LEAST_MB, Math.min(MOST_MB, share));
}

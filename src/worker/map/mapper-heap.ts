/** What a mapper's module may take where there is memory enough, and what it gets where there is hardly any: in MB. */
const MOST_MB = 512;
const LEAST_MB = 64;
/** Of the memory, what the rest of a worker needs, and each mapper beside its heap. */
const WORKER_MB = 192;
const PROCESS_MB = 48;

/**
 * The JavaScript heap of each mapper, in MB: so much that all of them together fit beside the worker. In a container that is full, the system ends whichever process it likes.
 *
 * @param memoryBytes what all of them may take: the container's limit, or the machine's memory
 */
export function mapperHeapMb(mappers: number, memoryBytes: number): number {
  const share = Math.floor((memoryBytes / 2 ** 20 - WORKER_MB) / mappers) - PROCESS_MB;
  return Math.max(LEAST_MB, Math.min(MOST_MB, share));
}

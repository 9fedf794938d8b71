import { readFileSync } from 'node:fs';
import { getHeapStatistics } from 'node:v8';

/**
 * The shares of the heap and of the container's memory that pages in progress may take together. The rest is for
 * everything else, and for garbage.
 */
const HEAP_SHARE = 1 / 4;
const CONTAINER_SHARE = 1 / 6;
const MIN_BYTES = 16 * 1_048_576;
/** A larger budget would not increase throughput. */
const MAX_BYTES = 256 * 1_048_576;

/** Memory limits of this process, in bytes; Infinity where there is none. */
export interface MemoryLimits {
  /** V8's heap limit: `--max-old-space-size`, or what Node derives from the machine. */
  heapBytes: number;
  /** The container's limit for heap and buffers together. */
  containerBytes: number;
  /** Worker processes in the container, each with its own heap; 1 by default. */
  processes?: number;
}

/** The memory, in bytes, that all pages in progress of one process may take together. */
export function pageBudgetBytes({ heapBytes, containerBytes, processes = 1 }: MemoryLimits): number {
  const bytes = Math.min(heapBytes * HEAP_SHARE, (containerBytes * CONTAINER_SHARE) / processes, MAX_BYTES / processes);
  return Math.max(MIN_BYTES / processes, Math.floor(bytes));
}

export function memoryLimits(): MemoryLimits {
  return { heapBytes: getHeapStatistics().heap_size_limit, containerBytes: containerLimitBytes() };
}

/**
 * The lowest memory limit of the control groups (version 1 or 2) that the process is in, in bytes, or Infinity. The
 * limit of a group also holds for the groups below it. A container sees its own group as the root.
 */
export function containerLimitBytes(read: (path: string) => string = readSystemFile): number {
  const groups = read('/proc/self/cgroup');
  const files = [
    ...ancestorsOf(/^0::(.*)$/m.exec(groups)?.[1]).flatMap((group) => [`${group}/memory.max`, `${group}/memory.high`]),
    ...ancestorsOf(/^\d+:(?:[^:]*,)?memory(?:,[^:]*)?:(.*)$/m.exec(groups)?.[1]).map((group) => `/memory${group}/memory.limit_in_bytes`),
  ];
  const limits = files.map((file) => Number.parseInt(read(`/sys/fs/cgroup${file}`), 10));
  // "max" means no limit; it parses as NaN, which the filter drops.
  return Math.min(...limits.filter((limit) => limit > 0), Number.POSITIVE_INFINITY);
}

/** The path of the root group ('') and of each group down to this one. */
function ancestorsOf(group = '/'): string[] {
  const parts = group.split('/').filter((part) => part !== '');
  return ['', ...parts.map((_, index) => `/${parts.slice(0, index + 1).join('/')}`)];
}

/** The text of a file of the kernel, such as a control group's; '' if it cannot be read. */
export function readSystemFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

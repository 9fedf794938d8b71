import { readFileSync } from 'node:fs';
import { getHeapStatistics } from 'node:v8';

/** Parts of the heap and of the container that pages in progress may take together. The rest is for everything else, and for garbage. */
const PART_OF_HEAP = 1 / 4;
const PART_OF_CONTAINER = 1 / 6;
const LEAST_BYTES = 16 * 1_048_576;
/** More keeps no processor busier. */
const MOST_BYTES = 256 * 1_048_576;

/** The sizes that bound a process's memory, in bytes; Infinity where there is no bound. */
export interface MemoryLimits {
  /** Of V8's heap: `--max-old-space-size`, or what Node derives from the machine. */
  heapBytes: number;
  /** Of the container, heap and buffers together. */
  containerBytes: number;
  /** Processes like this one in the container, each with a heap of its own; 1 by default. */
  processes?: number;
}

/** What the pages in progress of a process may take of its memory together. */
export function pageBudgetBytes({ heapBytes, containerBytes, processes = 1 }: MemoryLimits): number {
  const bytes = Math.min(heapBytes * PART_OF_HEAP, (containerBytes * PART_OF_CONTAINER) / processes, MOST_BYTES / processes);
  return Math.max(LEAST_BYTES / processes, Math.floor(bytes));
}

export function memoryLimits(): MemoryLimits {
  return { heapBytes: getHeapStatistics().heap_size_limit, containerBytes: containerLimitBytes() };
}

/** The least limit of the control groups that the process is in, of version 1 or 2, or Infinity. Each group's limit holds for those below it. A container sees its own group as the root. */
export function containerLimitBytes(read: (path: string) => string = readText): number {
  const groups = read('/proc/self/cgroup');
  const files = [
    ...namesUpTo(/^0::(.*)$/m.exec(groups)?.[1]).flatMap((group) => [`${group}/memory.max`, `${group}/memory.high`]),
    ...namesUpTo(/^\d+:(?:[^:]*,)?memory(?:,[^:]*)?:(.*)$/m.exec(groups)?.[1]).map((group) => `/memory${group}/memory.limit_in_bytes`),
  ];
  const limits = files.map((file) => Number.parseInt(read(`/sys/fs/cgroup${file}`), 10));
  // "max" is no limit.
  return Math.min(...limits.filter((limit) => limit > 0), Number.POSITIVE_INFINITY);
}

/** The root, and each group on the way to this one. */
function namesUpTo(group = '/'): string[] {
  const parts = group.split('/').filter((part) => part !== '');
  return ['', ...parts.map((_, index) => `/${parts.slice(0, index + 1).join('/')}`)];
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

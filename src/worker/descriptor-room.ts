import { readdir, readFile } from 'node:fs/promises';
import { report } from 'node:process';
import { UsageError } from '../model/errors.ts';

/**
 * Descriptors reserved for everything that is not a connection to a site: 12 for four concurrent lookups or file
 * operations, 4 for bodies, 4 for log, checkpoint and folder, 4 for downloads of lists and sitemaps, 8 for connections
 * to Redis.
 */
const RESERVE = 32;
/** Descriptors of one map process: its standard streams and its IPC channel. */
const PER_MAPPER = 4;
/** With fewer free descriptors nothing works. */
const MIN_FREE = 8;
/** Used where the number of open descriptors cannot be read. */
const ASSUMED_OPEN = 32;

export interface Descriptors {
  /** Maximum of open descriptors of this process: the soft limit, which Node raises to the hard limit at startup. */
  limit: number;
  open: number;
}

/** Returns undefined if there is no limit or it cannot be read. */
export async function readDescriptors(): Promise<Descriptors | undefined> {
  const limit = (await limitFromProc()) ?? limitFromReport();
  if (limit === undefined || !Number.isFinite(limit)) return undefined;
  const open = await readdir('/proc/self/fd').then(
    (names) => names.length,
    () => ASSUMED_OPEN,
  );
  return { limit, open };
}

async function limitFromProc(): Promise<number | undefined> {
  const text = await readFile('/proc/self/limits', 'utf8').catch(() => '');
  const soft = /^Max open files\s+(\S+)/m.exec(text)?.[1];
  return soft === undefined ? undefined : Number(soft);
}

/** For systems without /proc. */
function limitFromReport(): number | undefined {
  const { userLimits } = report.getReport() as { userLimits?: { open_files?: { soft?: unknown } } };
  const soft = userLimits?.open_files?.soft;
  return soft === undefined ? undefined : Number(soft);
}

/**
 * How many connections to sites may be open at a time, including idle ones. Throws UsageError if too few descriptors
 * are free for any work.
 *
 * @param mappers maximum of map processes
 */
export function connectionRoom({ limit, open }: Descriptors, mappers: number): number {
  const free = limit - open;
  if (free < MIN_FREE) {
    throw new UsageError(
      `this process may open only ${limit} files, and ${open} are open already: raise the limit, for example with \`ulimit -n 1024\``,
    );
  }
  // With a low limit, connections still get at least a quarter: nothing uses the whole reserve for long.
  return Math.max(Math.floor(free / 4), free - RESERVE - PER_MAPPER * mappers);
}

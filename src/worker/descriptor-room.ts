import { readdir, readFile } from 'node:fs/promises';
import { report } from 'node:process';
import { UsageError } from '../model/errors.ts';

/**
 * Descriptors that are kept for what is not a connection to a site: 12 for four lookups or file operations at a time, 4 for bodies, 4 for log, checkpoint and
 * folder, 4 for downloads of lists and sitemaps, 8 for connections to Redis.
 */
const RESERVE = 32;
/** A map process takes its standard streams and a channel. */
const PER_MAPPER = 4;
/** With fewer to spare nothing works. */
const LEAST_FREE = 8;
/** Where it cannot be seen how many are open. */
const ASSUMED_OPEN = 32;

export interface Descriptors {
  /** As many may be open in this process: the soft limit, which Node raises to the hard one at its start. */
  limit: number;
  open: number;
}

/** Undefined where there is no limit, or it cannot be read. */
export async function readDescriptors(): Promise<Descriptors | undefined> {
  const limit = (await limitOfProc()) ?? limitOfReport();
  if (limit === undefined || !Number.isFinite(limit)) return undefined;
  const open = await readdir('/proc/self/fd').then(
    (names) => names.length,
    () => ASSUMED_OPEN,
  );
  return { limit, open };
}

async function limitOfProc(): Promise<number | undefined> {
  const text = await readFile('/proc/self/limits', 'utf8').catch(() => '');
  const soft = /^Max open files\s+(\S+)/m.exec(text)?.[1];
  return soft === undefined ? undefined : Number(soft);
}

/** For systems without /proc. */
function limitOfReport(): number | undefined {
  const { userLimits } = report.getReport() as { userLimits?: { open_files?: { soft?: unknown } } };
  const soft = userLimits?.open_files?.soft;
  return soft === undefined ? undefined : Number(soft);
}

/**
 * Connections to sites that may be open at a time, idle ones included. Throws UsageError if too few descriptors are free for anything.
 * @param mappers processes that pages may be mapped in
 */
export function connectionRoom({ limit, open }: Descriptors, mappers: number): number {
  const free = limit - open;
  if (free < LEAST_FREE) {
    throw new UsageError(
      `this process may open only ${limit} files, and ${open} are open already: raise the limit, for example with \`ulimit -n 1024\``,
    );
  }
  // A low limit leaves connections a quarter at least: nothing takes the whole reserve for long.
  return Math.max(Math.floor(free / 4), free - RESERVE - PER_MAPPER * mappers);
}

import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile, rename, unlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { createFile } from '../collector/atomic-file.ts';
import type { RunFolder } from '../collector/run-folder.ts';
import { RunClaimedError } from '../model/errors.ts';

/** The process that has locked the folder. A pid is reused some day; together with its start time it is unique. */
interface Holder {
  host: string;
  pid: number;
  startedAt?: string;
}

/**
 * Locks the folder of a run, so that no other process on this machine works on the run. The lock of a process that died is taken over, and so
 * is a lock that a crash of the machine damaged.
 * Rejects with RunClaimedError if a living process has the lock. Resolves to a function that unlocks the folder.
 */
export async function lockFolder(folder: RunFolder, pid: number): Promise<() => Promise<void>> {
  const path = join(folder.path, 'lock');
  const own: Holder = { host: hostname(), pid, ...startOf(pid) };
  for (;;) {
    if (await createFile(path, JSON.stringify(own), 'process')) return () => unlink(path).catch(() => {});
    const text = await readFile(path, 'utf8').catch(() => undefined);
    if (text === undefined) continue;
    const holder = parse(text);
    if (holder !== undefined && holder.host !== own.host) {
      throw new RunClaimedError(`run ${folder.run} is being crawled on ${holder.host}; if that is no longer true, remove ${path}`);
    }
    if (holder !== undefined && isAlive(holder)) throw new RunClaimedError(`run ${folder.run} is being crawled by process ${holder.pid}`);
    await setAside(path, text);
  }
}

/** Moves a dead lock away. If several processes find the same dead lock, one may move the new lock of another by mistake; it then puts that lock back. */
async function setAside(path: string, text: string): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch {
    return;
  }
  const moved = await readFile(aside, 'utf8');
  if (moved !== text) await createFile(path, moved, 'process');
  await unlink(aside);
}

function parse(text: string): Holder | undefined {
  try {
    return JSON.parse(text) as Holder;
  } catch {
    return undefined;
  }
}

function isAlive({ pid, startedAt }: Holder): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  return startedAt === undefined || startOf(pid).startedAt === undefined || startOf(pid).startedAt === startedAt;
}

/** When the process was started, in ticks since boot, if the system has `/proc` (proc_pid_stat(5), field 22). */
function startOf(pid: number): { startedAt?: string } {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const startedAt = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    return startedAt === undefined ? {} : { startedAt };
  } catch {
    return {};
  }
}

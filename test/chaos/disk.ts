import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A small disk of its own, in memory. */
export interface SmallDisk {
  /** Fills all the free space. */
  fill(): void;
  /** Frees it again. */
  clear(): void;
  /** Only possible while no file on it is open for writing. */
  makeReadOnly(): void;
  makeWritable(): void;
  remove(): void;
}

const FILLER = 'filler';
const PIECE_BYTES = 1_000_000;

/** Mounts such a disk at the folder. Returns undefined if this user may not mount. */
export function mountSmallDisk(folder: string, bytes: number): SmallDisk | undefined {
  mkdirSync(folder, { recursive: true });
  try {
    mount(['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', folder]);
  } catch {
    return undefined;
  }
  const unmounter = unmountWithThisProcess(folder);
  const filler = join(folder, FILLER);
  return {
    fill: () => fill(filler),
    clear: () => rmSync(filler, { force: true }),
    makeReadOnly: () => mount(['-o', 'remount,ro', folder]),
    makeWritable: () => mount(['-o', 'remount,rw', folder]),
    remove() {
      execFileSync('umount', ['--lazy', folder], { stdio: 'ignore' });
      unmounter.kill('SIGKILL');
    },
  };
}

function mount(args: string[]): void {
  execFileSync('mount', args, { stdio: 'ignore' });
}

/** Grows the file until nothing more fits. */
function fill(file: string): void {
  const piece = Buffer.alloc(PIECE_BYTES);
  for (;;) {
    try {
      writeFileSync(file, piece, { flag: 'a' });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return;
      throw error;
    }
  }
}

/** A mount outlives the process that made it, so a shell waits for the other end of its input to close and unmounts it. */
function unmountWithThisProcess(folder: string) {
  const script = 'trap "" INT TERM HUP; read -r _; umount --lazy "$1"';
  const shell = spawn('sh', ['-c', script, 'sh', folder], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  shell.unref();
  (shell.stdin as unknown as { unref(): void }).unref();
  return shell;
}

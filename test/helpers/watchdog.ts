import { type ChildProcess, spawn } from 'node:child_process';

/**
 * Ends the process group of `child` and removes `folder` ('' for none) when this process is gone, no matter how it ended (even by SIGKILL).
 * The child must have been started with `detached: true`, which makes it the leader of a group.
 *
 * The watchdog is a shell that waits until the other end of its input closes. It has its own session, so that Ctrl-C in a terminal
 * does not end it too early.
 */
export function endWithThisProcess(child: ChildProcess, folder: string): void {
  if (child.pid === undefined) return;
  const script = 'trap "" INT TERM HUP; read -r _; kill -s KILL -- "-$1"; [ -z "$2" ] || rm -rf "$2"';
  const watchdog = spawn('sh', ['-c', script, 'sh', String(child.pid), folder], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  watchdog.unref();
  // The pipe is a socket in Node, whatever its type says. Without `unref`, it would keep this process alive.
  (watchdog.stdin as unknown as { unref(): void }).unref();
  // After the child's exit, its process id may belong to another process.
  child.once('exit', () => watchdog.kill('SIGKILL'));
}

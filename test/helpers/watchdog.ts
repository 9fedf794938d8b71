import { type ChildProcess, spawn } from 'node:child_process';

/**
 * Ends the process group of `child` and removes `folder` ('' for none) when this process is gone, however it went, SIGKILL included.
 * The child must have been started with `detached: true`, which makes it the leader of a group.
 *
 * It is a shell that waits for the other end of its input to close. It has a session of its own, so that Ctrl-C in a terminal
 * does not end it before its work.
 */
export function endWithThisProcess(child: ChildProcess, folder: string): void {
  if (child.pid === undefined) return;
  const script = 'trap "" INT TERM HUP; read -r _; kill -s KILL -- "-$1"; [ -z "$2" ] || rm -rf "$2"';
  const watchdog = spawn('sh', ['-c', script, 'sh', String(child.pid), folder], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  watchdog.unref();
  // A pipe is a socket to node, whatever its type says: unless it lets go, this process never ends by itself.
  (watchdog.stdin as unknown as { unref(): void }).unref();
  // After that the number may belong to another process.
  child.once('exit', () => watchdog.kill('SIGKILL'));
}

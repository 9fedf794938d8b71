import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Timed {
  seconds: number;
  /** User and system time of the command and of all processes that it started and waited for. */
  cpuSeconds: number;
  /** The end of its output on stderr. */
  stderr: string;
}

/** Runs the command, then prints the processor time of the shell's child processes (`times` of POSIX). */
const SCRIPT = '"$@" >"$OUT" 2>"$ERR"; times';
const TIMES = /(\d+)m([\d.]+)s (\d+)m([\d.]+)s\s*$/;

/** Variables that could change what a contender does. */
const OURS = /^(?:TRAWL_|NODE_)/;

/** Runs a whole command. Its output is written to files in `folder`, as a user would do. */
export async function timed(command: readonly string[], folder: string): Promise<Timed> {
  const [out, err] = [join(folder, 'stdout'), join(folder, 'stderr')];
  closeSync(openSync(err, 'w'));
  const inherited = Object.entries(process.env).filter(([name]) => !OURS.test(name));
  const env = { ...Object.fromEntries(inherited), LC_ALL: 'C', OUT: out, ERR: err };
  const startMs = performance.now();
  const shell = spawn('sh', ['-c', SCRIPT, 'sh', ...command], { cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'], detached: true });
  // The shell has its own process group, so that the contender can be ended if the benchmark is interrupted.
  const end = () => process.kill(-(shell.pid as number));
  process.once('exit', end);
  let printed = '';
  shell.stdout.on('data', (chunk) => {
    printed += chunk;
  });
  await once(shell, 'close');
  process.off('exit', end);
  const seconds = (performance.now() - startMs) / 1_000;
  const [, userMinutes, user, systemMinutes, system] = (TIMES.exec(printed) ?? []).map(Number);
  if (userMinutes === undefined || user === undefined || systemMinutes === undefined || system === undefined)
    throw new Error(`sh printed no times: ${printed}`);
  return { seconds, cpuSeconds: (userMinutes + systemMinutes) * 60 + user + system, stderr: readFileSync(err, 'utf8').slice(-2_000) };
}

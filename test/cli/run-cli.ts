import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { DEADLINE_MS } from '../helpers/until.ts';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
/** The built command, which `npm test` provides for speed. If a test file is run by itself, it uses the source. */
const BUILT = process.env.TRAWL_TEST_CLI;
const TRAWL: readonly [string, ...string[]] =
  BUILT === undefined ? [process.execPath, '--import', import.meta.resolve('tsx'), MAIN] : [process.execPath, BUILT];

export interface CliOptions {
  /** The working directory, where `.trawl` and `.env` are. */
  cwd: string;
  env?: Record<string, string>;
  /** The content of stdin. Without it, stdin stays open and silent. */
  input?: string;
}

export interface CliResult {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** A running `trawl`: a real process, without environment variables that could change its behaviour. */
export interface RunningCli {
  child: ChildProcess;
  /** Resolves with the whole output when the process has ended. */
  result: Promise<CliResult>;
  /** Resolves when stdout or stderr contains the text. */
  said(text: string): Promise<void>;
}

export function startCli(args: readonly string[], options: CliOptions): RunningCli {
  return start([...TRAWL, ...args], options);
}

function start([program, ...args]: readonly [string, ...string[]], { cwd, env, input }: CliOptions): RunningCli {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(TRAWL_|REDIS_|NODE_|OTEL_|TRACEPARENT$)/.test(name));
  const child = spawn(program, args, { cwd, env: { ...Object.fromEntries(inherited), ...env } });
  // A command that hangs fails its test. Some run as a service for as long as a test that waits several times.
  const deadline = setTimeout(() => child.kill('SIGKILL'), 5 * DEADLINE_MS);
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  child.stdin.on('error', () => {});
  if (input !== undefined) child.stdin.end(input);
  const closed = once(child, 'close').finally(() => clearTimeout(deadline));
  return {
    child,
    result: closed.then(([code]) => ({ code, stdout, stderr })),
    async said(text) {
      while (!stdout.includes(text) && !stderr.includes(text)) {
        const ended = await Promise.race([once(child.stdout, 'data'), once(child.stderr, 'data'), closed.then(() => 'ended')]);
        if (ended === 'ended' && !stdout.includes(text) && !stderr.includes(text)) {
          throw new Error(`it ended without saying ${JSON.stringify(text)}:\n${stdout}\n${stderr}`);
        }
      }
    },
  };
}

export function runCli(args: readonly string[], options: CliOptions): Promise<CliResult> {
  return startCli(args, options).result;
}

/** Runs a shell script in which `"$@"` is `trawl`, for redirections and limits. */
export function inShell(script: string, cwd: string): Promise<CliResult> {
  return start(['/bin/sh', '-c', script, 'sh', ...TRAWL], { cwd }).result;
}

/** An empty folder that is removed when the test ends. */
export async function scratchFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'trawl-cli-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

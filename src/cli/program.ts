import { hostname } from 'node:os';
import type { Writable } from 'node:stream';
import type { Command } from '../options/commands.ts';
import type { Environment } from '../options/read-dotenv.ts';
import { chooseCommand } from './choose-command.ts';
import type { CommandContext } from './command-context.ts';
import { type CommandLine, readCommandLine } from './command-line.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { listenForSignals, type Shutdown } from './shutdown.ts';
import { Notices } from './terminal/notices.ts';
import { StatusLine } from './terminal/status-line.ts';

type Run = (context: CommandContext) => Promise<ExitCode>;

/** Each command is loaded only when it is used, because help needs neither undici nor BullMQ nor the log. */
const RUNS: Readonly<Record<Command, () => Promise<Run>>> = {
  crawl: async () => (await import('./commands/crawl.ts')).crawl,
  check: async () => (await import('./commands/crawl.ts')).crawl,
  enqueue: async () => (await import('./commands/enqueue.ts')).enqueue,
  worker: async () => (await import('./commands/worker.ts')).worker,
  collect: async () => (await import('./commands/collect.ts')).collect,
  report: async () => (await import('./commands/report.ts')).report,
  runs: async () => (await import('./commands/runs.ts')).runs,
  config: async () => (await import('./commands/config.ts')).config,
  prune: async () => (await import('./commands/prune.ts')).prune,
  diff: async () => (await import('./commands/diff.ts')).diff,
  plan: async () => (await import('./commands/plan.ts')).plan,
  explain: async () => (await import('./commands/explain.ts')).explain,
  watch: async () => (await import('./commands/watch.ts')).watch,
  serve: async () => (await import('./commands/serve.ts')).serve,
  schedule: async () => (await import('./commands/schedule.ts')).schedule,
  status: async () => (await import('./commands/status.ts')).status,
  pause: async () => (await import('./commands/steer.ts')).steer('pause'),
  resume: async () => (await import('./commands/steer.ts')).steer('resume'),
  cancel: async () => (await import('./commands/steer.ts')).steer('cancel'),
  seal: async () => (await import('./commands/steer.ts')).steer('seal'),
  rm: async () => (await import('./commands/steer.ts')).steer('rm'),
};

/** Read directly from the environment, because errors in the configuration must be JSON too. */
const wantsJson = ({ TRAWL_LOG }: Environment): boolean => TRAWL_LOG === 'json';

const FETCHES: readonly Command[] = ['worker', 'crawl', 'check', 'watch'];
const SERVICES: readonly Command[] = ['worker', 'collect', 'serve'];

async function runProgram(args: readonly string[]): Promise<ExitCode> {
  const statusLine = new StatusLine((text) => process.stderr.write(text));
  const notices = new Notices((text) => statusLine.print(text), Date.now);
  if (wantsJson(process.env)) notices.useJson(process, console);
  const shutdown = listenForSignals(process, notices.tell, (code) => process.exit(code));
  process.stdout.on('error', shutdown.closeOutput);
  // stderr is gone if its terminal was closed. Nothing can report that, so the error is ignored.
  process.stderr.on('error', () => {});
  const chosen = chooseCommand(args);
  const line = readCommandLine(chosen.args, {
    out: (text) => process.stdout.write(text),
    err: notices.complain,
    columns: process.stdout.columns ?? 80,
  });
  const verbose = line.kind === 'command' && line.flags.some(({ key }) => key === 'verbose');
  try {
    const code = line.kind === 'answered' ? line.code : await runCommand(line, chosen.implied, { statusLine, notices, shutdown });
    await written(process.stdout);
    const failure = shutdown.outputFailure();
    if (failure !== undefined && shutdown.received() !== 'SIGHUP') throw asOutputError(failure);
    return code;
  } catch (error) {
    // The terminal was closed, so there is nobody to read the error.
    if (shutdown.received() === 'SIGHUP' && shutdown.outputClosed()) return EXIT.sighup;
    statusLine.clear();
    return notices.fail(error, verbose);
  }
}

interface Terminal {
  statusLine: StatusLine;
  notices: Notices;
  shutdown: Shutdown;
}

async function runCommand(line: CommandLine & { kind: 'command' }, implied: boolean, terminal: Terminal): Promise<ExitCode> {
  const context = await openContext(line, implied, terminal);
  const run = await RUNS[line.command]();
  const metered = async (): Promise<ExitCode> => {
    if (context.config.process.metrics === undefined) return run(context);
    const { withMetrics } = await import('./with-metrics.ts');
    return withMetrics(line.command, context, run);
  };
  if (!Object.keys(context.environment).some((name) => name.startsWith('OTEL_'))) return metered();
  const { withTracing } = await import('./with-tracing.ts');
  return withTracing(line.command, context, metered);
}

async function openContext(
  line: CommandLine & { kind: 'command' },
  implied: boolean,
  { statusLine, notices, shutdown }: Terminal,
): Promise<CommandContext> {
  const [{ readConfigFile }, { loadConfig, settingsOf }, { readDotenv }, { createLog }] = await Promise.all([
    import('../options/config-file.ts'),
    import('../options/load-config.ts'),
    import('../options/read-dotenv.ts'),
    import('./terminal/log.ts'),
  ]);
  const environment = { ...readDotenv(process.cwd()), ...process.env };
  if (wantsJson(environment)) notices.useJson(process, console);
  const named = line.flags.findLast(({ key }) => key === 'configFile')?.text ?? (environment.TRAWL_CONFIG || undefined);
  const file = await readConfigFile(named, process.cwd());
  const config = loadConfig(line.command, line.flags, environment, file);
  const processName = `${hostname()}-${process.pid}`;
  return {
    words: line.words,
    implied,
    config,
    environment,
    settings: (command) => settingsOf(command, [], environment, file),
    stdin: process.stdin,
    stdout: process.stdout,
    tell: notices.tell,
    say: notices.say,
    ...(process.stderr.isTTY && config.process.logFormat === 'text' && { statusLine }),
    columns: () => process.stderr.columns ?? 80,
    log: createLog(
      config.process,
      SERVICES.includes(line.command) ? 'info' : 'warn',
      (text) => statusLine.print(text),
      FETCHES.includes(line.command) ? { worker: processName } : {},
    ),
    shutdown,
    processName,
  };
}

/** Ends the process when all output is written. An open stdin or connection must not delay it. */
function leave(code: ExitCode): void {
  process.exitCode = code;
  process.stdout.write('', () => process.stderr.write('', () => process.exit(code)));
}

/** Runs the command that the arguments name, then ends the process. */
export function start(args: readonly string[]): void {
  runProgram(args).then(leave, (error: unknown) => {
    const notices = new Notices((text) => process.stderr.write(text), Date.now);
    if (wantsJson(process.env)) notices.useJson(process, console);
    notices.fail(error, true);
    leave(EXIT.internal);
  });
}

/** Resolves when everything written so far was passed on, or has failed and the `error` listeners were called. */
export function written(out: Writable): Promise<void> {
  // The callback of a failed write comes before the `error` event, in the same turn.
  return new Promise((resolve) => out.write('', () => setImmediate(resolve)));
}

/** The error to report if stdout failed. */
function asOutputError(cause: NodeJS.ErrnoException): Error {
  const error = new Error(`cannot write to stdout: ${cause.message}`, { cause });
  return cause.code === undefined ? error : Object.assign(error, { code: cause.code });
}

import { once } from 'node:events';
import { constants, createWriteStream } from 'node:fs';
import { access, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { UsageError } from '../model/errors.ts';
import type { ReportTarget } from '../options/pair-reports.ts';
import { type ReportInput, renderReport } from '../report/report.ts';
import type { CommandContext } from './command-context.ts';
import { wantsColor } from './terminal/wants-color.ts';

/**
 * Checks, before anything is fetched, that each report can be written to its target. Rejects with UsageError if one cannot, or if it would overwrite another report or one of the
 * `inputs`, which are paths.
 */
export async function checkTargets(targets: readonly ReportTarget[], inputs: readonly string[]): Promise<void> {
  const taken = new Map<string, string>();
  for (const input of inputs) {
    const file = await fileIdentity(input);
    if (file !== undefined) taken.set(file, 'that is the file it is made from; name another one with -o');
  }
  for (const { output } of targets) {
    if (output === undefined) continue;
    const existing = await stat(output).catch(() => undefined);
    if (existing?.isDirectory()) throw new UsageError(`cannot write the report to ${output}: it is a folder; name a file in it`);
    await access(existing === undefined ? dirname(output) : output, constants.W_OK).catch((error) => {
      throw unwritable(output, error);
    });
    const file = await fileIdentity(output);
    if (file === undefined) continue;
    const conflict = taken.get(file);
    if (conflict !== undefined) throw new UsageError(`cannot write the report to ${output}: ${conflict}`);
    taken.set(file, `the report in ${output} is the same file; give each one its own file`);
  }
}

/** A text that is equal for two paths to the same file, whether the file exists or not. Undefined for anything that is not a file, such as /dev/null. */
async function fileIdentity(path: string): Promise<string | undefined> {
  const existing = await stat(path, { bigint: true }).catch(() => undefined);
  if (existing !== undefined) return existing.isFile() ? `${existing.dev}:${existing.ino}` : undefined;
  const folder = await realpath(dirname(path)).catch(() => undefined);
  return folder === undefined ? undefined : join(folder, basename(path));
}

/** Renders each report to its target, one after another. */
export async function writeReports(
  targets: readonly ReportTarget[],
  input: ReportInput,
  { stdout, config, environment }: Pick<CommandContext, 'stdout' | 'config' | 'environment'>,
): Promise<void> {
  const { everyRow, color } = config.report;
  const { columns = 80, rows } = stdout;
  const shown: ReportInput = {
    ...input,
    everyRow,
    color: wantsColor(color, environment, stdout),
    ...(stdout.isTTY && { terminal: { columns, ...(rows !== undefined && { rows }) } }),
  };
  for (const { format, output } of targets) {
    if (output === undefined) await renderReport(format, shown, stdout);
    else await writeFileReport(format, output, input);
  }
}

async function writeFileReport(format: ReportTarget['format'], output: string, input: ReportInput): Promise<void> {
  const file = createWriteStream(output);
  try {
    await once(file, 'open');
    await renderReport(format, input, file);
    file.end();
    await once(file, 'close');
  } catch (error) {
    file.destroy();
    // A UsageError is about the log. Any other error is about the file of the report.
    throw error instanceof UsageError ? error : unwritable(output, error as NodeJS.ErrnoException);
  }
}

function unwritable(output: string, error: NodeJS.ErrnoException): UsageError {
  const reasons: Record<string, string> = {
    ENOENT: 'its folder does not exist',
    EACCES: 'no permission',
    ENOSPC: 'the disk is full',
    EROFS: 'the disk is read-only',
  };
  return new UsageError(`cannot write the report to ${output}: ${reasons[error.code ?? ''] ?? error.message}`, { cause: error });
}

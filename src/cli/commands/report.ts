import { UsageError } from '../../core/errors.ts';
import type { CommandContext } from '../command-context.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { findLog } from '../find-log.ts';
import { checkTargets, writeReports } from '../write-reports.ts';

/** `trawl report RUN|FILE`: renders a report from a log, without fetching again. */
export async function report({ words, config, stdout }: CommandContext): Promise<ExitCode> {
  const [what] = words;
  if (what === undefined || words.length > 1) throw new UsageError('report takes one run, folder of a run or file of outcomes');
  const { targets, order } = config.report;
  const log = await findLog(config.process.dataDir, what);
  await checkTargets(targets, [log.file]);
  await writeReports(targets, { ...log, order }, stdout);
  return EXIT.ok;
}

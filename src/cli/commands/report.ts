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
  await checkTargets(targets);
  await writeReports(targets, { ...(await findLog(config.process.dataDir, what)), order }, stdout);
  return EXIT.ok;
}

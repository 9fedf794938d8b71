import { UsageError } from '../../model/errors.ts';
import { compressedName } from '../../util/log-file.ts';
import type { CommandContext } from '../command-context.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { findLog } from '../find-log.ts';
import { openReducer, withResult } from '../reduce-run.ts';
import { comparedWith, passesGates, readGateInputs } from '../run-gates.ts';
import { withFindings } from '../with-findings.ts';
import { checkTargets, writeReports } from '../write-reports.ts';

/** `trawl report RUN|FILE`: renders a report from a log, without fetching again, and checks the gates if options set any. */
export async function report(context: CommandContext): Promise<ExitCode> {
  const { words, config } = context;
  const [what] = words;
  if (what === undefined || words.length > 1) throw new UsageError('report takes one run, folder of a run or file of outcomes');
  const { targets, order } = config.report;
  const { summary, file, options, sources } = await findLog(config.process.dataDir, what);
  await checkTargets(targets, [file, compressedName(file)]);
  const inputs = await readGateInputs(context, { ...summary, sources });
  const reducer = await openReducer(context);
  const input = await withFindings(context, { summary, file, order, ...comparedWith(inputs) }, options);
  await writeReports(targets, await withResult(reducer, input), context);
  return !config.report.gated || (await passesGates(context, inputs, summary, file, input.findings?.fragments)) ? EXIT.ok : EXIT.failed;
}

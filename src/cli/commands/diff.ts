import { UsageError } from '../../model/errors.ts';
import { diffJson, diffLogs, diffText } from '../../report/diff.ts';
import type { CommandContext } from '../command-context.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { findLog } from '../find-log.ts';

/** `trawl diff A B`: shows what changed between two runs. Exits with 2 if a URL fails in B that did not fail in A. */
export async function diff({ words, config, stdout }: CommandContext): Promise<ExitCode> {
  const [before, after] = words;
  if (before === undefined || after === undefined || words.length > 2)
    throw new UsageError('diff takes two runs, folders of runs or files of outcomes: the earlier one first');
  const { dataDir } = config.process;
  const [earlier, later] = await Promise.all([findLog(dataDir, before), findLog(dataDir, after)]);
  const difference = await diffLogs(earlier.file, later.file);
  stdout.write(config.report.statusFormat === 'json' ? diffJson(difference) : diffText(difference));
  return difference.counts.broke > 0 ? EXIT.failed : EXIT.ok;
}

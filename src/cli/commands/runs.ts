import { UsageError } from '../../model/errors.ts';
import type { CommandContext } from '../command-context.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { listLocalRuns } from '../local-runs.ts';
import { runsJson, runsTable } from './runs-table.ts';

/** `trawl runs`: the runs whose results are on this machine. */
export async function runs({ words, config, stdout, tell }: CommandContext): Promise<ExitCode> {
  if (words.length > 0) throw new UsageError('runs takes no words: trawl report RUN shows one run');
  const { dataDir } = config.process;
  const local = await listLocalRuns(dataDir);
  stdout.write(config.report.statusFormat === 'json' ? runsJson(local.runs) : runsTable(local.runs, dataDir));
  for (const problem of local.problems) tell(problem);
  return EXIT.ok;
}

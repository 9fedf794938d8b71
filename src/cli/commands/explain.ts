import { findRunFolder, readRunFile } from '../../collector/run-folder.ts';
import { chooseResolver } from '../../fetch/dns/dns-resolver.ts';
import { createFetcher } from '../../fetch/fetcher.ts';
import { UsageError } from '../../model/errors.ts';
import { parseSeedLine } from '../../model/lines/seed-line.ts';
import type { RunOptions } from '../../model/run-options.ts';
import { withoutCredentials } from '../../model/url/without-credentials.ts';
import type { CommandContext } from '../command-context.ts';
import { continuedOptions } from '../continue-run.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { explainText } from '../explain/explain-text.ts';
import { explainUrl } from '../explain/explain-url.ts';
import { findInRun } from '../explain/find-in-run.ts';
import { fetcherOptions } from '../fetcher-options.ts';
import { findLog } from '../find-log.ts';
import { localRunNamed } from '../local-runs.ts';

/** `trawl explain URL`: explains why a URL was, or would be, fetched or skipped. With `--run`, it uses the options and the log of that run. */
export async function explain(context: CommandContext): Promise<ExitCode> {
  const { words, config, stdout, shutdown } = context;
  const [text] = words;
  if (text === undefined || words.length > 1) throw new UsageError('explain takes one URL');
  const { fromUrls, dataDir, resolver } = config.process;
  const ofRun = config.process.ofRun === undefined ? undefined : await localRunNamed(dataDir, config.process.ofRun);
  const log = ofRun === undefined ? undefined : await findLog(dataDir, ofRun);
  const run = ofRun === undefined ? undefined : await begunAs(ofRun, context);
  const options = run?.options ?? config.run;
  const from = (fromUrls.length > 0 ? fromUrls : (run?.seeds ?? [])).map((url) => new URL(url));
  const fetcher = createFetcher(fetcherOptions(context));
  try {
    const explanation = await explainUrl(text, { options, from, fetcher, resolveHost: chooseResolver(resolver), signal: shutdown.signal });
    const { url, key } = explanation;
    if (log !== undefined && url !== undefined && key !== undefined) {
      explanation.inRun = await findInRun(log.summary.run, log.file, { url, key }, options);
    }
    const isJson = config.report.statusFormat === 'json';
    stdout.write(isJson ? `${JSON.stringify({ schema: 1, ...explanation }, undefined, 2)}\n` : explainText(explanation));
    return EXIT.ok;
  } finally {
    await fetcher.close();
  }
}

/** The options and the seeds of a run in the data folder, as far as they were stored. */
async function begunAs(run: string, { config }: CommandContext): Promise<{ options: RunOptions; seeds: string[] } | undefined> {
  const folder = await findRunFolder(config.process.dataDir, run);
  if (folder === undefined) return undefined;
  const { options, begun } = await readRunFile(folder);
  const seeds = begun?.sources.flatMap(({ kind, name }) => (kind === 'url' ? seedUrl(name) : [])) ?? [];
  return { options: options === undefined ? config.run : continuedOptions(run, config, options), seeds };
}

function seedUrl(text: string): string[] {
  const seed = parseSeedLine(text);
  return seed.kind === 'url' ? [withoutCredentials(seed.url)] : [];
}

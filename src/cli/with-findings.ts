import { findLinkFindings, type LinkFindings } from '../report/links/link-findings.ts';
import type { ReportInput } from '../report/report.ts';
import { logEndBytes } from '../util/log-file.ts';
import type { CommandContext } from './command-context.ts';

/**
 * Adds findings about links to the input of a report: with `--referrers`, the pages that link to failed URLs; with `--show-skipped`, links that were not followed; for a run with `--fragments`,
 * missing fragments. Prints a message for each option that the log cannot answer.
 *
 * @param run the options of the run, as far as they are known
 */
export async function withFindings(
  { config, tell }: Pick<CommandContext, 'config' | 'tell'>,
  input: ReportInput,
  run: { readonly fragments?: boolean; readonly keepSkipped?: boolean },
): Promise<ReportInput> {
  const { summary, file } = input;
  const wanted = {
    referrers: config.report.referrers,
    fragments: run.fragments === true,
    // `crawl` gets this as an option of the run, `report` as an option of the report.
    skippedLinks: config.report.showSkipped || config.run.keepSkipped,
  };
  if (!Object.values(wanted).includes(true)) return input;
  // The findings must come from the same rows that the report shows, even while the log grows.
  const endBytes = input.endBytes ?? (await logEndBytes(file).catch(() => undefined));
  const found = await findLinkFindings(file, wanted, summary.sources ?? [], endBytes);
  const { fragments } = found;
  const findings = {
    ...found,
    ...(fragments !== undefined && input.baseline !== undefined && { fragments: await input.baseline.markFragments(fragments) }),
  };
  for (const message of unanswered(findings, run.keepSkipped === true, config.report.asksForReferrers)) tell(message);
  return { ...input, ...(endBytes !== undefined && { endBytes }), findings };
}

function unanswered({ referrers, skippedLinks }: LinkFindings, keptSkipped: boolean, asksForReferrers: boolean): string[] {
  return [
    ...(asksForReferrers && referrers?.linkingRows === 0
      ? ['--referrers: this run did not look for links on pages: that needs --depth']
      : []),
    ...(!keptSkipped && skippedLinks?.total === 0
      ? ['--show-skipped: this run did not record skipped links: crawl with --show-skipped']
      : []),
  ];
}

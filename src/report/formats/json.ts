import type { Outcome } from '../../model/outcome.ts';
import type { RunSummary } from '../../model/run-summary.ts';
import type { LinkFindings } from '../links/link-findings.ts';
import { withMark } from '../marked-line.ts';
import type { Result } from '../result.ts';
import type { RowFormat } from '../row-format.ts';
import type { Figures } from '../tally/tally.ts';

/**
 * One JSON document: the run, its counts (`books`), its figures, the findings about its links, the result of a reduce, and finally `outcomes`: the records of the log, one per line.
 * Fields without a value are omitted, never null. Fields are only ever added.
 */
export function jsonFormat(summary: RunSummary, figures: Figures, findings: LinkFindings = {}, result?: Result): RowFormat {
  const { run, state, startedAt, endedAt, sources, schedule, previous, books } = summary;
  const known = {
    schema: 1,
    run,
    state,
    startedAt,
    endedAt,
    sources,
    schedule,
    previous,
    books,
    figures,
    ...linkFields(findings),
    result: result?.value,
  };
  const fields = Object.entries(known)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `  ${JSON.stringify(name)}: ${JSON.stringify(value)},\n`);
  return {
    head: `{\n${fields.join('')}  "outcomes": [`,
    row: (outcome, line, index) => `${index === 0 ? '' : ','}\n    ${withReferrers(outcome, withMark(line, outcome), findings)}`,
    plainRow: (row, line, index) => `${index === 0 ? '' : ','}\n    ${withMark(line, row)}`,
    foot: '\n  ]\n}\n',
  };
}

function linkFields({ fragments, skippedLinks }: LinkFindings): Record<string, unknown> {
  const missing = fragments?.missing.map(({ url, fragment, places: { pages, total }, known }) => {
    return { url, fragment, pages, total, ...(known && { baseline: 'known' }) };
  });
  return {
    fragments: fragments && {
      checked: fragments.checked,
      missing: fragments.missingTotal,
      ...(fragments.unchecked !== undefined && { unchecked: fragments.unchecked }),
      ...(fragments.known !== undefined && { known: fragments.known }),
    },
    missingFragments: missing,
    skippedLinks,
  };
}

/** The line of a row. If the row failed, the pages that link to it are appended as fields. */
function withReferrers(outcome: Outcome, line: string, { referrers }: LinkFindings): string {
  const linking = referrers?.of(outcome);
  if (linking === undefined) return line;
  const { pages, total } = linking;
  return `${line.slice(0, line.lastIndexOf('}'))},${JSON.stringify({ referrers: pages, referrersTotal: total }).slice(1)}`;
}

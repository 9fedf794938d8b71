import { LEFT_OUT } from '../../model/left-out.ts';
import { visibleLines } from '../../report/shown-text.ts';
import type { ExplainedAddress, ExplainedRobots, ExplainedRun, ExplainedScope, Explanation, Unlinked } from './explanation.ts';

const NAME_COLUMNS = 12;

const BECAUSE: Readonly<Record<Exclude<NonNullable<Explanation['because']>, 'robots-unreachable'>, string>> = {
  excluded: 'it matches an --exclude',
  scope: 'a link to it would not be followed',
  'private-address': 'its address is private',
  robots: 'robots.txt does not allow it',
};

const UNLINKED: Readonly<Record<Unlinked, string>> = {
  list: 'it is not in the list, and that run followed no links',
  nowhere: 'no page that was fetched there links to it',
  untold: 'no link to it was followed there; a crawl with --show-skipped records which links were not followed, and why',
};

/** The explanation as text for people. */
export function explainText(explanation: Explanation): string {
  const { input, problem, url, canonical, scope, robots, address, inRun } = explanation;
  if (problem !== undefined)
    return rows([
      ['URL', input],
      ['verdict', `invalid-url: ${problem.message}`],
    ]);
  return rows([
    ['URL', input],
    ['requested', url ?? ''],
    ['same as', `all URLs with the canonical form ${canonical}`],
    ['scope', scope && scopeText(scope)],
    ['robots.txt', robots && robotsText(robots)],
    ['address', address && addressText(address)],
    ['run', inRun && runText(inRun)],
    ['verdict', verdictText(explanation)],
  ]);
}

function verdictText({ verdict, because, robots, inRun }: Explanation): string {
  if (verdict !== 'fetch')
    return `would not be fetched: ${because === 'robots-unreachable' ? unreachableText(robots) : because && BECAUSE[because]}`;
  if (inRun === undefined || inRun.row !== undefined) return 'would be fetched';
  return 'would be fetched if it were in the list, or a link to it were followed';
}

/** If the origin does not answer at all, each of its URLs gets the verdict that it would get without robots.txt. */
function unreachableText(robots: ExplainedRobots | undefined): string {
  if (robots?.verdict === undefined || robots.verdict === 'robots')
    return 'its robots.txt cannot be read, so it is not known what is allowed';
  return `its origin does not answer; its verdict would be ${robots.verdict}`;
}

function rows(cells: ReadonlyArray<readonly [name: string, text: string | undefined]>): string {
  return cells
    .filter(([, text]) => text !== undefined)
    .map(([name, text]) => `${name.padEnd(NAME_COLUMNS)}${visibleLines(text ?? '').replaceAll('\n', `\n${' '.repeat(NAME_COLUMNS)}`)}\n`)
    .join('');
}

function scopeText({ kind, from, leftOut }: ExplainedScope): string {
  if (leftOut !== undefined)
    return `not followed (${leftOut}): it ${LEFT_OUT[leftOut]}${from.length > 0 ? `; seen from ${from.join(', ')}` : ''}`;
  if (from.length === 0) return `no rule excludes it; add --from URL to check whether it is in the scope ${kind} of that URL`;
  return `in the scope ${kind} of ${from.join(', ')}`;
}

function robotsText({ url, kind, allowed, agent, rule, crawlDelayMs, why }: ExplainedRobots): string {
  if (kind === 'ignored') return 'not requested';
  if (kind === 'unreachable') return `unknown: ${why}`;
  if (kind === 'allow-all') return `allowed: no robots.txt at ${url} (${why})`;
  const delay = crawlDelayMs === undefined ? '' : `\nCrawl-delay: ${crawlDelayMs / 1_000} s between two requests`;
  if (rule === undefined) return `allowed: no rule for ${agent} in ${url} matches${delay}`;
  return `${allowed ? 'allowed' : 'not allowed'}: line ${rule.line} of ${url}, in the group for ${rule.group}: ${rule.text}${delay}`;
}

function addressText({ host, addresses, problem, refused }: ExplainedAddress): string {
  if (problem !== undefined) return `${host}: ${problem}`;
  const list = addresses.map(({ address, block }) => `${address} (${block ?? 'public'})`).join(', ');
  if (refused) return `${list}: not reached; name the host in the list, or use --private allow`;
  return list;
}

function runText({ run, row, linkedFrom, linkedFromTotal, leftOut, unlinked, redirectedFrom }: ExplainedRun): string {
  const lines = [
    row === undefined
      ? `${run} has no row for it`
      : `${run} has a row for it: ${row.verdict}${row.status === undefined ? '' : ` ${row.status}`}, at ${row.finishedAt}`,
  ];
  if (row?.error !== undefined) lines.push(row.error.message);
  if (row?.finalUrl !== undefined) lines.push(`redirected to ${row.finalUrl}`);
  if (row?.line !== undefined) lines.push(`from line ${row.line}${row.source === undefined ? '' : ` of ${row.source}`}`);
  if (row?.referrer !== undefined) lines.push(`found first on ${row.referrer}, at depth ${row.depth}`);
  if (leftOut !== undefined) lines.push(`not followed there (${leftOut}): it ${LEFT_OUT[leftOut]}`);
  if (redirectedFrom !== undefined) lines.push(`fetched as the target of a redirect from ${redirectedFrom}`);
  if (unlinked !== undefined) lines.push(UNLINKED[unlinked]);
  if (linkedFromTotal > 0)
    lines.push(
      `linked from ${linkedFromTotal} ${linkedFromTotal === 1 ? 'page' : 'pages'}: ${linkedFrom.join(', ')}${linkedFromTotal > linkedFrom.length ? ' …' : ''}`,
    );
  return lines.join('\n');
}

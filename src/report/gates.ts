import type { Gates } from '../model/gates.ts';
import type { Verdict } from '../model/verdict.ts';
import type { Baseline } from './baseline.ts';
import { type FragmentFindings, targetOf } from './links/fragments.ts';
import { eachRow } from './read-outcomes.ts';
import type { RowMeasure } from './row-measure.ts';
import { shownMs, shownNumber } from './shown-figures.ts';
import { Tally } from './tally/tally.ts';

export interface GateInput {
  /** The outcome log. */
  file: string;
  gates: Gates;
  /** An earlier run. What failed there too does not count. */
  baseline?: Baseline;
  /** Present if the run's fragments were checked. */
  fragments?: FragmentFindings;
  /** URLs whose failures do not count. */
  isIgnored?: (url: string) => boolean;
  /** The measure of all rows of the log, taken while they were written. Without it, the log is read for it. */
  measured?: RowMeasure;
}

interface GateResult {
  passed: boolean;
  /** Messages for people: each gate that did not pass, and the failures that did not count. */
  words: string[];
}

/**
 * Checks a run against its gates, in one pass over its log; in none if its rows were measured and no failure is exempt. If fragments are missing
 * and there is a baseline, the baseline's log is read too.
 */
export async function checkGates(input: GateInput): Promise<GateResult> {
  const { gates, baseline, fragments, isIgnored = () => false } = input;
  const { tally, failures, left } = await countFailures(input);
  let missing = 0;
  if (fragments !== undefined && fragments.missingTotal > 0 && gates.failOn.has('fragments')) {
    const marked = baseline === undefined ? fragments : await baseline.markFragments(fragments);
    for (const fragment of marked.missing) {
      if (isIgnored(targetOf(fragment)) || isIgnored(fragment.url)) left.ignored++;
      else if (fragment.known) left.known++;
      else missing++;
    }
    // Missing fragments that are not listed are only counted, so none of them can be ignored or known.
    missing += marked.missingTotal - marked.missing.length;
  }
  const noun = baseline === undefined ? 'failure' : 'new failure';
  const broken = [...failureWords(noun, failures, missing, tally.figures().rows, gates), ...latencyWords(tally, gates)];
  return { passed: broken.length === 0, words: [...broken, ...leftOutWords(failures + missing, left)] };
}

interface FailureCounts {
  tally: Tally;
  failures: number;
  /** Failures that do not count, and URLs that no longer fail. */
  left: { ignored: number; known: number; fixed: number };
}

async function countFailures({ file, gates, baseline, isIgnored, measured }: GateInput): Promise<FailureCounts> {
  const left = { ignored: 0, known: 0, fixed: 0 };
  if (measured !== undefined && baseline === undefined && isIgnored === undefined) {
    const counts = Object.entries(measured.tally.figures().verdicts) as [Verdict, number][];
    const failures = counts.reduce((sum, [verdict, rows]) => sum + (gates.failOn.has(verdict) ? rows : 0), 0);
    return { tally: measured.tally, failures, left };
  }
  const comparison = baseline?.compare();
  const tally = new Tally();
  let failures = 0;
  await eachRow(file, (row) => {
    tally.add(row);
    const mark = comparison?.mark(row).baseline;
    if (mark === 'fixed') left.fixed++;
    if (!gates.failOn.has(row.verdict)) return;
    if (isIgnored?.(row.url)) left.ignored++;
    else if (mark === 'known') left.known++;
    else failures++;
  });
  return { tally, failures, left };
}

function failureWords(noun: string, broken: number, missing: number, rows: number, { maxFailures: limit }: Gates): string[] {
  const failures = broken + missing;
  const ofThem = missing === 0 ? '' : `, ${shownNumber(missing)} of them missing fragments`;
  const said = broken === 0 && missing > 0 ? plural(missing, 'missing fragment') : `${plural(failures, noun)}${ofThem}`;
  const isMore = limit.kind === 'count' ? failures > limit.count : failures * 100 > limit.percent * rows;
  if (!isMore) return [];
  // Without --max-failures, one failure is enough.
  if (limit.kind === 'count' && limit.count === 0) return [said];
  const most = limit.kind === 'count' ? shownNumber(limit.count) : `${limit.percent} % of ${plural(rows, 'URL')}`;
  return [`${said}; --max-failures allows ${most}`];
}

function latencyWords(tally: Tally, { maxLatency }: Gates): string[] {
  return maxLatency.flatMap(({ name, percentile, limitMs }) => {
    const ms = tally.latencyMs(percentile);
    if (ms === undefined || ms <= limitMs) return [];
    // Rounded, the two can look the same: then both are shown exactly.
    const [found, limit] = shownMs(ms) === shownMs(limitMs) ? [`${ms} ms`, `${limitMs} ms`] : [shownMs(ms), shownMs(limitMs)];
    return [`latency ${name} is ${found}; --max-latency allows ${limit}`];
  });
}

function leftOutWords(failures: number, { ignored, known, fixed }: { ignored: number; known: number; fixed: number }): string[] {
  return [
    ...(known > 0 ? [`${plural(known, 'failure')} known from the baseline, not counted`] : []),
    ...(fixed > 0 ? [`${plural(fixed, 'URL')} fixed since the baseline`] : []),
    ...(ignored > 0 ? [`${plural(ignored, 'failure')} ignored`] : []),
    ...(failures === 0 && (known > 0 || ignored > 0) ? ['no new failures'] : []),
  ];
}

function plural(count: number, noun: string): string {
  return `${shownNumber(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** Reads an ignore file. Each line is a URL or a pattern in which `*` matches anything. Blank lines and `#` comments are ignored. */
export function urlMatcher(text: string): (url: string) => boolean {
  const patterns = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  const exact = new Set(patterns.filter((pattern) => !pattern.includes('*')));
  const globs = patterns.filter((pattern) => pattern.includes('*')).map((pattern) => pattern.split(/\*+/));
  return (url) => exact.has(url) || globs.some((pieces) => matches(url, pieces));
}

/** True if the text begins with the first piece, ends with the last, and has the others in between, in order. Takes linear time, unlike a regular expression with many stars. */
function matches(text: string, pieces: readonly string[]): boolean {
  const [first = '', ...rest] = pieces;
  const last = rest.pop() ?? '';
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (const piece of rest) {
    const found = text.indexOf(piece, at);
    if (found === -1) return false;
    at = found + piece.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}

import type { Gates } from '../model/gates.ts';
import { verdictClass } from '../model/verdict.ts';
import { KeySet } from '../util/key-map.ts';
import { checkFragments, type FragmentFindings, targetOf } from './links/fragments.ts';
import { readOutcomes } from './read-outcomes.ts';
import { rowIdentity } from './row-identity.ts';
import { shownMs, shownNumber } from './shown-figures.ts';
import { Tally } from './tally/tally.ts';

export interface JudgeInput {
  /** The outcome log. */
  file: string;
  gates: Gates;
  /** The log of an earlier run: what failed there already does not count. */
  baseline?: string;
  /** Of a run whose fragments were checked. */
  fragments?: FragmentFindings;
  /** URLs whose failures do not count. */
  isIgnored?: (url: string) => boolean;
}

interface Judgement {
  passed: boolean;
  /** For people: each gate that did not hold, and what was left out of account. */
  words: string[];
}

/** Holds a run against its gates, in one pass over its log and one over the baseline's, or a few more where fragments count. */
export async function judge({ file, gates, baseline, fragments, isIgnored = () => false }: JudgeInput): Promise<Judgement> {
  const known = baseline === undefined ? undefined : await failuresOf(baseline, gates);
  const tally = new Tally();
  const left = { ignored: 0, known: 0, mended: 0 };
  let failures = 0;
  for await (const outcome of readOutcomes(file)) {
    tally.add(outcome);
    const wasKnown = known?.has(rowIdentity(outcome)) ?? false;
    if (gates.failOn.has(outcome.verdict)) {
      if (isIgnored(outcome.url)) left.ignored++;
      else if (wasKnown) left.known++;
      else failures++;
    } else if (wasKnown && verdictClass(outcome.verdict) === 'ok') {
      left.mended++;
    }
  }
  let missing = 0;
  if (fragments !== undefined && fragments.missingTotal > 0 && gates.failOn.has('fragments')) {
    const knownTargets = baseline === undefined ? undefined : targetsOf(await checkFragments(baseline, []));
    const targets = targetsOf(fragments);
    for (const target of targets) {
      if (isIgnored(target) || isIgnored(target.slice(0, target.indexOf('#')))) left.ignored++;
      else if (knownTargets?.has(target)) left.known++;
      else missing++;
    }
    // Beyond those that are kept, none can be told from another.
    missing += fragments.missingTotal - targets.size;
  }
  const broken = [...failureWords(failures, missing, tally.figures().rows, gates), ...latencyWords(tally, gates)];
  return { passed: broken.length === 0, words: [...broken, ...leftOutWords(failures + missing, left)] };
}

function targetsOf({ missing }: FragmentFindings): Set<string> {
  return new Set(missing.map(targetOf));
}

async function failuresOf(file: string, { failOn }: Gates): Promise<KeySet> {
  const keys = new KeySet();
  for await (const outcome of readOutcomes(file)) if (failOn.has(outcome.verdict)) keys.add(rowIdentity(outcome));
  return keys;
}

function failureWords(broken: number, missing: number, rows: number, { maxFailures: limit }: Gates): string[] {
  const failures = broken + missing;
  const ofThem = missing === 0 ? '' : `, ${shownNumber(missing)} of them missing fragments`;
  const said = broken === 0 && missing > 0 ? plural(missing, 'missing fragment') : `${plural(failures, 'failure')}${ofThem}`;
  const isMore = limit.kind === 'count' ? failures > limit.count : failures * 100 > limit.percent * rows;
  if (!isMore) return [];
  // One failure is reason enough where nothing else was said.
  if (limit.kind === 'count' && limit.count === 0) return [said];
  const most = limit.kind === 'count' ? shownNumber(limit.count) : `${limit.percent} % of ${plural(rows, 'URL')}`;
  return [`${said}, more than the ${most} of --max-failures`];
}

function latencyWords(tally: Tally, { maxLatency }: Gates): string[] {
  return maxLatency.flatMap(({ name, percentile, limitMs }) => {
    const ms = tally.latencyMs(percentile);
    if (ms === undefined || ms <= limitMs) return [];
    // Rounded for reading, the two can look the same.
    const [found, limit] = shownMs(ms) === shownMs(limitMs) ? [`${ms} ms`, `${limitMs} ms`] : [shownMs(ms), shownMs(limitMs)];
    return [`latency ${name} is ${found}, more than the ${limit} of --max-latency`];
  });
}

function leftOutWords(failures: number, { ignored, known, mended }: { ignored: number; known: number; mended: number }): string[] {
  return [
    ...(known > 0
      ? [
          `${plural(known, 'failure')} ${known === 1 ? 'was' : 'were'} in the baseline already, and ${known === 1 ? 'does' : 'do'} not count`,
        ]
      : []),
    ...(mended > 0 ? [`${plural(mended, 'URL')} that failed in the baseline ${mended === 1 ? 'is' : 'are'} mended`] : []),
    ...(ignored > 0 ? [`${plural(ignored, 'failure')} ignored`] : []),
    ...(failures === 0 && (known > 0 || ignored > 0) ? ['no new failure'] : []),
  ];
}

function plural(count: number, noun: string): string {
  return `${shownNumber(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** Reads an ignore file: a URL or a pattern on each line, in which `*` stands for anything; blank lines and `#` comments are nothing. */
export function urlMatcher(text: string): (url: string) => boolean {
  const patterns = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  const exact = new Set(patterns.filter((pattern) => !pattern.includes('*')));
  const globs = patterns.filter((pattern) => pattern.includes('*')).map((pattern) => pattern.split(/\*+/));
  return (url) => exact.has(url) || globs.some((pieces) => matches(url, pieces));
}

/** The pieces stand in the text in this order, the first at its beginning and the last at its end. In linear time, which a regular expression of many stars is not. */
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

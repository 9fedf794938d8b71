import type { FailureKind, FailureLimit, LatencyLimit } from '../model/gates.ts';
import { accept, type Parsed, quote, reject } from '../model/parsed.ts';
import { VERDICT_CLASS, type Verdict, verdictClass } from '../model/verdict.ts';
import { durationMs } from './parse-values.ts';

const VERDICTS = Object.keys(VERDICT_CLASS) as Verdict[];

/** Reads `none`, `failed` (all verdicts that are failures, and missing fragments), `fragments` (those alone), or verdicts such as `broken,timeout,robots`. */
export function failOn(text: string): Parsed<ReadonlySet<FailureKind>> {
  const words = text.split(',').map((word) => word.trim());
  if (words.length === 1 && words[0] === 'none') return accept(new Set<FailureKind>());
  const kinds = new Set<FailureKind>();
  for (const word of words) {
    if (word === 'failed' || word === 'fragments') kinds.add('fragments');
    if (word === 'failed' || word === 'skipped')
      for (const verdict of VERDICTS.filter((one) => verdictClass(one) === word)) kinds.add(verdict);
    else if (VERDICTS.some((verdict) => verdict === word) && word !== 'ok') kinds.add(word as Verdict);
    else if (word !== 'fragments')
      return reject(
        `${quote(word)} is neither none, failed, skipped, fragments nor a verdict: ${VERDICTS.filter((verdict) => verdict !== 'ok').join(', ')}`,
      );
  }
  return accept(kinds);
}

/** Reads `3`, a number of rows, or `0.5%`, a percentage of all rows. */
export function failureLimit(text: string): Parsed<FailureLimit> {
  const [, amount, percent] = /^(\d+(?:\.\d+)?)(%?)$/.exec(text.trim()) ?? [];
  if (amount === undefined) return reject(`${quote(text)} is not a number of URLs, nor a percentage: write it like 3 or 0.5%`);
  const value = Number(amount);
  if (percent === '%')
    return value <= 100 ? accept({ kind: 'percent', percent: value }) : reject(`${quote(text)} is too much: the maximum is 100%`);
  return Number.isInteger(value)
    ? accept({ kind: 'count', count: value })
    : reject(`${quote(text)} is not a whole number of URLs: write ${amount}% for a percentage`);
}

const atLeast1ms = durationMs(1);

/** Reads `p95=800ms` or `max=5s`. */
export function latencyLimit(text: string): Parsed<LatencyLimit> {
  const [, name, percentile, limit] = /^(max|p(\d{1,2}(?:\.\d+)?))=(.+)$/.exec(text.trim()) ?? [];
  if (name === undefined || limit === undefined) return reject(`${quote(text)} is not a latency limit: write it like p95=800ms or max=5s`);
  const parsed = atLeast1ms(limit);
  return parsed.ok ? accept({ name, percentile: name === 'max' ? 100 : Number(percentile), limitMs: parsed.value }) : parsed;
}

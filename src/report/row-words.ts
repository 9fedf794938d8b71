import { STATUS_CODES } from 'node:http';
import type { Outcome } from '../model/outcome.ts';
import { type Verdict, verdictClass } from '../model/verdict.ts';

/** Verdicts that follow from the HTTP status. For any other verdict (a reset in the middle of the body of a 200), showing `200` would hide the failure. */
const TOLD_BY_STATUS: ReadonlySet<Verdict> = new Set<Verdict>(['ok', 'broken', 'blocked', 'rate-limited']);

/** An outcome in one word: its status, or its verdict if there is no status or the status does not explain the verdict. */
export function resultWord({ status, verdict }: Pick<Outcome, 'status' | 'verdict'>): string {
  return status !== undefined && TOLD_BY_STATUS.has(verdict) ? String(status) : verdict;
}

/** Where the URL came from: `urls.txt:12`, `line 12`, or the page on which it was found. */
export function whereFrom({ source, line, referrer }: Outcome, onlySource?: string): string | undefined {
  if (referrer !== undefined) return referrer;
  const name = source ?? onlySource;
  if (line === undefined) return name;
  return name === undefined ? `line ${line}` : `${name}:${line}`;
}

/** Why the URL failed, where it was redirected to, whether its certificate was not trusted, and how many attempts were made. Empty if there is nothing to say. */
export function reasonWords({ verdict, status, error, tlsProblem, finalUrl, url, attempts }: Outcome): string {
  const words = [
    ...(error === undefined ? statusWords(verdict, status) : [error.message]),
    ...(tlsProblem === undefined || verdict === 'tls' ? [] : [`certificate not trusted: ${tlsProblem}`]),
    ...(finalUrl === undefined || finalUrl === url ? [] : [`redirected to ${finalUrl}`]),
    ...(attempts > 1 ? [`${attempts} attempts`] : []),
  ];
  return words.join('; ');
}

/** The standard phrase of a status that failed. */
function statusWords(verdict: Verdict, status: number | undefined): string[] {
  const words = status === undefined || verdictClass(verdict) !== 'failed' ? undefined : STATUS_CODES[status];
  return words === undefined ? [] : [words];
}

/** Host and port of an http or https URL; undefined for anything else. */
export function hostOf(url: string): string | undefined {
  return /^https?:\/\/([^/?#]+)/.exec(url)?.[1];
}

import type { Outcome } from '../outcome.ts';

/*
 * A plain line is the line of an ok row that has only common fields, in the order of `formatOutcome`. Nearly every line
 * of a log is plain. `readPlainLine` takes a fifth of the time of `JSON.parse`. See docs/decisions/0033.
 */

/** The fields of an ok row that most reports need. */
export type PlainRow = Pick<Outcome, 'url' | 'method' | 'verdict' | 'status' | 'sizeBytes' | 'wireBytes' | 'latencyMs'>;

const TEXT = String.raw`[^"\\\x00-\x1f]*`;
const WHOLE = String.raw`(?:0|[1-9]\d*)`;
const NUMBER = String.raw`-?${WHOLE}(?:\.\d+)?`;
const TIMING = `"[a-zA-Z]+":${NUMBER}`;
const text = (name: string) => `"${name}":"${TEXT}"`;
const number = (name: string) => `"${name}":${NUMBER}`;
const optional = (...members: string[]) => members.map((member) => `(?:,${member})?`).join('');

/** A whole plain line of an ok row, without escaped characters. */
const PLAIN_OK = new RegExp(
  `^\\{${[
    '"schema":1',
    text('run'),
    `"url":"(${TEXT})"`,
    `"method":"(${TEXT})"`,
    '"verdict":"ok"',
    '"ok":true',
    number('attempts'),
    number('depth'),
    `"latencyMs":(${NUMBER})`,
    number('waitMs'),
    `"timings":\\{(?:${TIMING}(?:,${TIMING})*)?\\}`,
    text('worker'),
    text('startedAt'),
    text('finishedAt'),
  ].join(
    ',',
  )}${optional(text('finalUrl'), `"status":(${WHOLE})`, text('remoteAddress'), text('certificateExpiresAt'), number('certificateDaysLeft'), text('tlsProblem'), text('httpVersion'))}${optional(`"sizeBytes":(${WHOLE})`, `"wireBytes":(${WHOLE})`, text('contentType'), text('source'), number('line'), text('referrer'), number('links'), text('linkKeys'))}\\}$`,
);

/** The fields of a plain line whose row is ok. Undefined for any other line, and for a damaged one. */
export function readPlainLine(line: string): PlainRow | undefined {
  const found = PLAIN_OK.exec(line);
  if (found === null) return undefined;
  const [, url, method, latencyMs, status, sizeBytes, wireBytes] = found;
  const row: PlainRow = { url: url as string, method: method as string, verdict: 'ok', latencyMs: Number(latencyMs) };
  if (status !== undefined) row.status = Number(status);
  if (sizeBytes !== undefined) row.sizeBytes = Number(sizeBytes);
  if (wireBytes !== undefined) row.wireBytes = Number(wireBytes);
  return row;
}

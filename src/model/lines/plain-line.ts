import { flatText } from '../../util/flat-text.ts';
import type { Outcome } from '../outcome.ts';

/*
 * A plain line is the line of an outcome that has only common fields, in the order in which `decideEnding` and the link
 * finder set them. Nearly every line is plain. Plain lines are written and read without walking an object:
 * `JSON.stringify` takes three times as long, and `JSON.parse` five times. See docs/decisions/0033.
 */

/** The fields of an ok row that most reports need. */
export type PlainRow = Pick<Outcome, 'url' | 'method' | 'verdict' | 'status' | 'sizeBytes' | 'wireBytes' | 'latencyMs'>;

/** Text without quotes, backslashes, control characters or surrogates, which JSON leaves unescaped. */
const UNESCAPED = /^[ !#-[\]-\ud7ff\ue000-\uffff]*$/;

/**
 * The line of the outcome, identical to `JSON.stringify(outcome)`. Undefined if the outcome has fields that plain lines
 * do not have.
 */
export function writePlainLine(outcome: Outcome): string | undefined {
  const { latencyMs, waitMs, timings, worker, startedAt } = outcome;
  if (latencyMs === undefined || waitMs === undefined || timings === undefined || worker === undefined || startedAt === undefined)
    return undefined;
  if (!hasCommonFieldsOnly(outcome)) return undefined;
  const { schema, run, url, method, verdict, ok, attempts, depth, finishedAt } = outcome;
  const { finalUrl, status, remoteAddress, certificateExpiresAt, certificateDaysLeft, sizeBytes, wireBytes, contentType } = outcome;
  const { source, line, referrer, links, linkKeys } = outcome;
  let text = `{"schema":${schema},"run":${quoted(run)},"url":${quoted(url)},"method":${quoted(method)},"verdict":"${verdict}","ok":${ok},"attempts":${attempts},"depth":${depth},"latencyMs":${latencyMs},"waitMs":${waitMs},"timings":{${timingsText(timings)}},"worker":${quoted(worker)},"startedAt":"${startedAt}","finishedAt":"${finishedAt}"`;
  if (finalUrl !== undefined) text += `,"finalUrl":${quoted(finalUrl)}`;
  if (status !== undefined) text += `,"status":${status}`;
  if (remoteAddress !== undefined) text += `,"remoteAddress":${quoted(remoteAddress)}`;
  if (certificateExpiresAt !== undefined) text += `,"certificateExpiresAt":"${certificateExpiresAt}"`;
  if (certificateDaysLeft !== undefined) text += `,"certificateDaysLeft":${certificateDaysLeft}`;
  if (sizeBytes !== undefined) text += `,"sizeBytes":${sizeBytes}`;
  if (wireBytes !== undefined) text += `,"wireBytes":${wireBytes}`;
  if (contentType !== undefined) text += `,"contentType":${quoted(contentType)}`;
  if (source !== undefined) text += `,"source":${quoted(source)}`;
  if (line !== undefined) text += `,"line":${line}`;
  if (referrer !== undefined) text += `,"referrer":${quoted(referrer)}`;
  if (links !== undefined) text += `,"links":${links}`;
  if (linkKeys !== undefined) text += `,"linkKeys":${quoted(linkKeys)}`;
  return flatText(`${text}}`);
}

/**
 * Written out because a loop over names takes three times as long. The test of this file fails if a field is missing
 * both here and above.
 */
function hasCommonFieldsOnly(outcome: Outcome): boolean {
  return (
    outcome.input === undefined &&
    outcome.places === undefined &&
    outcome.morePlaces === undefined &&
    outcome.identity === undefined &&
    outcome.meta === undefined &&
    outcome.metaText === undefined &&
    outcome.truncated === undefined &&
    outcome.bodyFile === undefined &&
    outcome.tlsProblem === undefined &&
    outcome.httpVersion === undefined &&
    outcome.httpFaults === undefined &&
    outcome.redirects === undefined &&
    outcome.error === undefined &&
    outcome.external === undefined &&
    outcome.anchors === undefined &&
    outcome.fragments === undefined &&
    outcome.moreFragments === undefined &&
    outcome.skippedLinks === undefined &&
    outcome.data === undefined
  );
}

function timingsText({ dnsMs, connectMs, proxyMs, tlsMs, ttfbMs, downloadMs }: NonNullable<Outcome['timings']>): string {
  let text = '';
  if (dnsMs !== undefined) text += `,"dnsMs":${dnsMs}`;
  if (connectMs !== undefined) text += `,"connectMs":${connectMs}`;
  if (proxyMs !== undefined) text += `,"proxyMs":${proxyMs}`;
  if (tlsMs !== undefined) text += `,"tlsMs":${tlsMs}`;
  if (ttfbMs !== undefined) text += `,"ttfbMs":${ttfbMs}`;
  if (downloadMs !== undefined) text += `,"downloadMs":${downloadMs}`;
  return text.slice(1);
}

function quoted(text: string): string {
  return UNESCAPED.test(text) ? `"${text}"` : JSON.stringify(text);
}

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
  )}${optional(text('finalUrl'), `"status":(${WHOLE})`, text('remoteAddress'), text('certificateExpiresAt'), number('certificateDaysLeft'))}${optional(`"sizeBytes":(${WHOLE})`, `"wireBytes":(${WHOLE})`, text('contentType'), text('source'), number('line'), text('referrer'), number('links'), text('linkKeys'))}\\}$`,
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

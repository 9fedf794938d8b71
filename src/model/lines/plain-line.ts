import { flatText } from '../../util/flat-text.ts';
import type { Outcome } from '../outcome.ts';

/*
 * A plain line is that of an outcome that has only common fields, in the order in which `decideEnding` and the link finder set them. Nearly every line is one. It is written
 * and read here without walking an object: `JSON.stringify` takes three times as long, `JSON.parse` five times. See docs/decisions/0033.
 */

/** What most reports show of a row that is ok. */
export type PlainRow = Pick<Outcome, 'url' | 'method' | 'verdict' | 'status' | 'sizeBytes' | 'wireBytes' | 'latencyMs'>;

/** No quote, backslash, control character or surrogate: JSON has this text as it is. */
const AS_IT_IS = /^[ !#-[\]-\ud7ff\ue000-\uffff]*$/;

/** The line of the outcome, the same as `JSON.stringify` gives. Undefined if it has fields that a plain line has not. */
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

/** Written out, not as a loop over names, which takes three times as long. The test of this file fails for a field that is missing here and above. */
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
  return AS_IT_IS.test(text) ? `"${text}"` : JSON.stringify(text);
}

const TEXT = String.raw`[^"\\\x00-\x1f]*`;
const WHOLE = String.raw`(?:0|[1-9]\d*)`;
const NUMBER = String.raw`-?${WHOLE}(?:\.\d+)?`;
const TIMING = `"[a-zA-Z]+":${NUMBER}`;
const text = (name: string) => `"${name}":"${TEXT}"`;
const number = (name: string) => `"${name}":${NUMBER}`;
const optional = (...members: string[]) => members.map((member) => `(?:,${member})?`).join('');

/** All of a plain line whose row is ok, without anything that is escaped. */
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

/** What a plain line says, if its row is ok; undefined for any other line, and for one that is damaged. */
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

import { flatText } from '../../util/flat-text.ts';
import { jsonMemberText } from '../../util/json-members.ts';
import type { Outcome, Timings } from '../outcome.ts';
import { VERDICT_CLASS, type Verdict, type VerdictClass } from '../verdict.ts';

/** An outcome as one line of JSON, without the line end. Outcomes are settled, streamed and logged in this form. */
export type OutcomeLine = string;

/** Text without quotes, backslashes, control characters or surrogates, which JSON leaves unescaped. */
const UNESCAPED = /^[ !#-[\]-\ud7ff\ue000-\uffff]*$/;

/**
 * The outcome as a line of JSON. Every URL's row is written here, so the text is assembled by hand: `JSON.stringify` takes
 * three times as long. A test fails if a field is missing here. `verdict` and `depth` come first, for
 * `bookedAs`; `data` comes last.
 */
export function formatOutcome(outcome: Outcome): OutcomeLine {
  const { schema, run, url, method, verdict, ok, attempts, depth, finishedAt } = outcome;
  const { latencyMs, waitMs, timings, worker, startedAt } = outcome;
  const { finalUrl, status, remoteAddress, certificateExpiresAt, certificateDaysLeft, tlsProblem, httpVersion } = outcome;
  const { sizeBytes, wireBytes, contentType, input, source, line, identity, referrer } = outcome;
  let text = `{"schema":${schema},"run":${quoted(run)},"url":${quoted(url)},"method":${quoted(method)},"verdict":"${verdict}","ok":${ok},"attempts":${attempts},"depth":${depth}`;
  if (latencyMs !== undefined) text += `,"latencyMs":${latencyMs}`;
  if (waitMs !== undefined) text += `,"waitMs":${waitMs}`;
  if (timings !== undefined) text += `,"timings":{${timingsText(timings)}}`;
  if (worker !== undefined) text += `,"worker":${quoted(worker)}`;
  if (startedAt !== undefined) text += `,"startedAt":"${startedAt}"`;
  text += `,"finishedAt":"${finishedAt}"`;
  if (finalUrl !== undefined) text += `,"finalUrl":${quoted(finalUrl)}`;
  if (status !== undefined) text += `,"status":${status}`;
  if (remoteAddress !== undefined) text += `,"remoteAddress":${quoted(remoteAddress)}`;
  if (certificateExpiresAt !== undefined) text += `,"certificateExpiresAt":"${certificateExpiresAt}"`;
  if (certificateDaysLeft !== undefined) text += `,"certificateDaysLeft":${certificateDaysLeft}`;
  if (tlsProblem !== undefined) text += `,"tlsProblem":"${tlsProblem}"`;
  if (httpVersion !== undefined) text += `,"httpVersion":"${httpVersion}"`;
  text += member('httpFaults', outcome.httpFaults);
  text += member('redirects', outcome.redirects);
  text += member('error', outcome.error);
  if (sizeBytes !== undefined) text += `,"sizeBytes":${sizeBytes}`;
  if (wireBytes !== undefined) text += `,"wireBytes":${wireBytes}`;
  if (contentType !== undefined) text += `,"contentType":${quoted(contentType)}`;
  if (outcome.truncated !== undefined) text += ',"truncated":true';
  if (input !== undefined) text += `,"input":${quoted(input)}`;
  if (source !== undefined) text += `,"source":${quoted(source)}`;
  if (line !== undefined) text += `,"line":${line}`;
  if (identity !== undefined) text += `,"identity":"${identity}"`;
  if (referrer !== undefined) text += `,"referrer":${quoted(referrer)}`;
  if (outcome.external !== undefined) text += ',"external":true';
  text += member('places', outcome.places);
  text += member('morePlaces', outcome.morePlaces);
  text += member('fragments', outcome.fragments);
  text += member('moreFragments', outcome.moreFragments);
  const meta = metaTextOf(outcome);
  if (meta !== undefined) text += `,"meta":${meta}`;
  return flatText(`${text}${pageMembers(outcome)}}`);
}

/** The members that only pages and saved bodies have. */
function pageMembers({ links, linkKeys, anchors, skippedLinks, bodyFile, data }: Outcome): string {
  let text = links === undefined ? '' : `,"links":${links}`;
  if (linkKeys !== undefined) text += `,"linkKeys":${quoted(linkKeys)}`;
  text += member('anchors', anchors);
  text += member('skippedLinks', skippedLinks);
  text += member('bodyFile', bodyFile);
  return text + member('data', data);
}

function member(name: string, value: unknown): string {
  return value === undefined ? '' : `,"${name}":${JSON.stringify(value)}`;
}

function timingsText({ dnsMs, connectMs, proxyMs, tlsMs, ttfbMs, downloadMs }: Timings): string {
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

/**
 * Parses a line of `formatOutcome`. Throws SyntaxError if the line is not JSON. Any other line is taken for an outcome
 * unchecked.
 */
export function readOutcome(line: OutcomeLine): Outcome {
  const outcome = JSON.parse(line) as Outcome;
  // `jsonMemberText` needs an object with members. If the value is not an outcome, that is up to the caller to notice.
  if (outcome?.meta === undefined) return outcome;
  const metaText = jsonMemberText(line, 'meta');
  if (metaText !== undefined && metaText !== JSON.stringify(outcome.meta)) outcome.metaText = metaText;
  return outcome;
}

/** The `meta` of an outcome as it was written. Undefined if it has none. */
export function metaTextOf({ meta, metaText }: Pick<Outcome, 'meta' | 'metaText'>): string | undefined {
  return metaText ?? (meta === undefined ? undefined : JSON.stringify(meta));
}

const VERDICT = '"verdict":"';
const DEPTH = '"depth":';

/**
 * The fields that the counters need, without parsing the line, which would take 3 µs, a tenth of the total cost of a
 * URL. This is safe: both keys come before anything that may contain the same keys (`data`), and quotes inside strings
 * are escaped. Throws if the line is not an outcome.
 */
export function bookedAs(line: OutcomeLine): { class: VerdictClass; fromSeed: boolean } {
  const verdictAt = line.indexOf(VERDICT) + VERDICT.length;
  const verdict = line.slice(verdictAt, line.indexOf('"', verdictAt));
  const depthAt = line.indexOf(DEPTH) + DEPTH.length;
  if (!Object.hasOwn(VERDICT_CLASS, verdict) || depthAt < DEPTH.length) throw new Error(`not an outcome: ${line.slice(0, 200)}`);
  const fromSeed = line[depthAt] === '0';
  return { class: VERDICT_CLASS[verdict as Verdict], fromSeed };
}

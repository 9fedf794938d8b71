import { MAX_LINE_CHARS, parseSeedLine } from '../model/lines/seed-line.ts';
import { quote } from '../model/parsed.ts';
import type { BareScheme } from '../model/run-options.ts';
import { statusRanges } from '../model/status-ranges.ts';
import { bareSeedBy } from '../model/url/bare-scheme.ts';
import { withoutCredentials } from '../model/url/without-credentials.ts';
import { durationMs } from '../options/parse-values.ts';

/** A service and its expectations. */
export interface Service {
  /** The URL to request, as WHATWG serialises it. */
  url: string;
  /** The URL for output: without credentials. */
  shownUrl: string;
  /** The URL as the list has it, if the run's `scheme` decides how it is requested: it has no scheme. */
  bare?: string;
  /** Expected statuses, such as `200-299,304`; without it, those that the run accepts. */
  accept?: string;
  /** Text that the body must contain. */
  contains?: string;
  /** A response that takes this long or longer is slow; in milliseconds. */
  latencyMs?: number;
}

/** A parsed line of a list of services. */
type ServiceLine = { kind: 'blank' } | { kind: 'service'; service: Service } | { kind: 'invalid'; problem: string };

const HOW = 'after the URL, write statuses (200-299,304), ~ "text" or < 500ms';

/** A parsed expectation and the rest of the line, or what is wrong. */
type Parsed = { found: Pick<Service, 'accept' | 'contains' | 'latencyMs'>; rest: string } | { problem: string };

/**
 * Parses `URL [statuses] [~ text] [< latency]`. The expectations may be in any order, each at most once. A text of
 * several words, or with `<` in it, is written in quotes, where `\"` and `\\` stand for a quote and a backslash.
 * Without quotes, it extends to the next ` < ` or to the end of the line. Blank lines and `#` comments are ignored.
 * Never throws.
 *
 * @param scheme of URLs that have none; `http` by default
 */
export function parseServiceLine(text: string, scheme?: BareScheme): ServiceLine {
  if (text.length > MAX_LINE_CHARS) return { kind: 'invalid', problem: `the line is longer than ${MAX_LINE_CHARS} characters` };
  const line = text.trim();
  const urlEnd = line.search(/\s|$/);
  const seed = parseSeedLine(line.startsWith('#') ? line : line.slice(0, urlEnd));
  if (seed.kind === 'blank') return seed;
  if (seed.kind === 'invalid') return { kind: 'invalid', problem: `${quote(seed.input)}: ${seed.message}` };
  if (seed.url.length > MAX_LINE_CHARS)
    return { kind: 'invalid', problem: `the URL is longer than ${MAX_LINE_CHARS} characters when it is encoded` };
  const byScheme = bareSeedBy(scheme, seed);
  const url = byScheme.kind === 'url' ? byScheme.url : seed.url;
  const service: Service = { url, shownUrl: withoutCredentials(url), ...(url !== seed.url && { bare: seed.input }) };
  for (let rest = line.slice(urlEnd).trimStart(); rest !== ''; ) {
    const read = readExpectation(rest);
    if ('problem' in read) return { kind: 'invalid', problem: read.problem };
    const twice = Object.keys(read.found).find((key) => key in service);
    if (twice !== undefined) return { kind: 'invalid', problem: `${WORDS[twice]} is given twice` };
    Object.assign(service, read.found);
    rest = read.rest.trimStart();
  }
  return { kind: 'service', service };
}

const WORDS: Readonly<Record<string, string>> = { accept: 'the status', contains: 'the text (~)', latencyMs: 'the latency (<)' };

function readExpectation(rest: string): Parsed {
  if (rest.startsWith('~')) return readText(rest.slice(1).trimStart());
  if (rest.startsWith('<')) return readLatency(rest.slice(1).trimStart());
  const { word, after } = firstWord(rest);
  if (!/^\d/.test(word)) return { problem: `${quote(word)} is not an expectation: ${HOW}` };
  const parsed = statusRanges(word);
  return parsed.ok ? { found: { accept: word }, rest: after } : { problem: parsed.problem };
}

function readText(rest: string): Parsed {
  const quoted = /^"((?:[^"\\]|\\.)*)"(?=\s|$)/.exec(rest);
  if (quoted === null && rest.startsWith('"')) return { problem: 'the text after ~ has no closing quote, or no space after it' };
  const [whole, inner] = quoted ?? [];
  if (whole !== undefined && inner !== undefined) return foundText(inner.replaceAll(/\\(.)/g, '$1'), rest.slice(whole.length));
  const limitAt = rest.search(/(?:^|\s)<\s/);
  return limitAt === -1 ? foundText(rest, '') : foundText(rest.slice(0, limitAt).trim(), rest.slice(limitAt));
}

function foundText(contains: string, rest: string): Parsed {
  return contains === '' ? { problem: '~ needs a text after it' } : { found: { contains }, rest };
}

function readLatency(rest: string): Parsed {
  const { word, after } = firstWord(rest);
  if (word === '') return { problem: '< needs a latency after it, as in < 500ms' };
  const parsed = durationMs(1)(word);
  return parsed.ok ? { found: { latencyMs: parsed.value }, rest: after } : { problem: parsed.problem };
}

function firstWord(text: string): { word: string; after: string } {
  const end = text.search(/\s|$/);
  return { word: text.slice(0, end), after: text.slice(end) };
}

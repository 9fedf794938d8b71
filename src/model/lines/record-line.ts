import { jsonMemberText, withJsonMember } from '../../util/json-members.ts';
import { methodProblem } from '../http-method.ts';
import { type Header, headerProblem } from '../request-header.ts';
import type { Json, RequestSpec } from '../request-spec.ts';
import { statusRanges } from '../status-ranges.ts';
import { invalidLine, parseSeedLine, type SeedLine } from './seed-line.ts';

/**
 * Longest record, in UTF-16 code units. Sources cut longer lines to one unit more than this. In UTF-8 it takes at most
 * 12 MiB, so that an outcome with a `meta` of this length still fits into a line of the outcome log, which has at most
 * 16 MiB.
 */
export const MAX_RECORD_CHARS = 4 * 1_024 * 1_024;

/** In other fields, null means the same as an absent field. */
const MAY_BE_NULL = new Set(['body', 'meta']);
const BODYLESS = new Set(['GET', 'HEAD']);

const URL_FIELD = /"url"\s*:\s*"([^"\\]+)"/;
/** The quoted input that `JSON.parse` adds to some of its messages. */
const QUOTED_INPUT = /, (?:\.\.\.)?".*" is not valid JSON$/s;

/** A field of a record is invalid. The message follows the name of the field. */
class RecordError extends Error {}

type Fields = Readonly<Record<string, unknown>>;
/** Checks a field's value and stores it in `spec`. Throws RecordError. `line` is the record as it was written. */
type ReadField = (value: unknown, spec: RequestSpec, line: string) => void;

/** The reader of each field other than `url`. */
const FIELDS: Readonly<Record<string, ReadField>> = {
  method: (value, spec) => {
    spec.method = text(value).toUpperCase();
    const problem = methodProblem(spec.method);
    if (problem !== undefined) throw new RecordError(problem);
  },
  headers: (value, spec) => {
    spec.headers = headers(value);
  },
  body: (value, spec, line) => {
    if (typeof value === 'string') {
      spec.body = value;
      return;
    }
    spec.body = jsonMemberText(line, 'body') as string;
    const isNamed = spec.headers?.some(([name]) => name.toLowerCase() === 'content-type');
    if (!isNamed) spec.headers = [...(spec.headers ?? []), ['content-type', 'application/json']];
  },
  repeatable: (value, spec) => {
    if (typeof value !== 'boolean') throw new RecordError('is not true or false');
    if (value) spec.repeatable = true;
  },
  accept: (value, spec) => {
    const parsed = statusRanges(typeof value === 'number' ? String(value) : text(value));
    if (!parsed.ok) throw new RecordError(parsed.problem);
    spec.accept = parsed.value;
  },
  contains: (value, spec) => {
    spec.contains = text(value);
  },
  meta: (value, spec, line) => {
    Object.assign(spec, carriedMeta(value as Json, line));
  },
};

/**
 * Parses one line of a `.jsonl` source: a JSON object with `url` and, optionally, `method`, `headers` (an object),
 * `body` (text, or any other value, which is sent as JSON), `repeatable`, `accept` (such as `200-299,304`), `contains`
 * and `meta`. Or a URL as a JSON string. Blank lines and `#` comments are ignored. Never throws.
 */
export function parseRecordLine(line: string): SeedLine {
  if (line.length > MAX_RECORD_CHARS)
    return invalidLine(shown(line), 'LINE_TOO_LONG', `the record is longer than ${MAX_RECORD_CHARS} characters, which is the limit`);
  const trimmed = line.trim();
  if (trimmed === '' || trimmed.startsWith('#')) return { kind: 'blank' };
  let record: unknown;
  try {
    record = JSON.parse(trimmed);
  } catch (error) {
    return notARecord(trimmed, `not JSON: ${(error as Error).message.replace(QUOTED_INPUT, '')}`);
  }
  if (typeof record === 'string') record = { url: record };
  if (typeof record !== 'object' || record === null || Array.isArray(record)) {
    return notARecord(trimmed, 'not a record: write it like {"url": "https://example.com/"}');
  }
  const seed = fromFields(record as Fields, trimmed);
  const { meta } = record as Fields;
  return seed.kind === 'invalid' && meta !== undefined ? { ...seed, ...carriedMeta(meta as Json, trimmed) } : seed;
}

/** The record's line with another URL. */
export function withRecordUrl(line: string, url: string): string {
  const text = JSON.stringify(url);
  return line.trimStart().startsWith('"') ? text : withJsonMember(line, 'url', text);
}

/** A record's `meta`, and its text if `JSON.stringify` would write it differently. */
function carriedMeta(meta: Json, line: string): Pick<RequestSpec, 'meta' | 'metaText'> {
  const metaText = jsonMemberText(line, 'meta');
  return metaText === undefined || metaText === JSON.stringify(meta) ? { meta } : { meta, metaText };
}

function fromFields({ url, ...fields }: Fields, line: string): SeedLine {
  if (typeof url !== 'string') return notARecord(line, 'the record has no "url", or it is not text');
  if (url.trim() === '') return notARecord(line, 'the record\'s "url" is empty');
  const seed = parseSeedLine(url);
  if (seed.kind === 'blank') return notARecord(line, 'the record\'s "url" is not a URL');
  if (seed.kind === 'invalid') return seed;
  const request: RequestSpec = {};
  const unknown = Object.keys(fields).find((name) => !Object.hasOwn(FIELDS, name));
  if (unknown !== undefined) {
    return invalidLine(seed.input, 'NOT_A_RECORD', `the record has a field ${JSON.stringify(unknown)}: put your own data under "meta"`);
  }
  for (const [name, read] of Object.entries(FIELDS)) {
    const value = fields[name];
    if (value === undefined || (value === null && !MAY_BE_NULL.has(name))) continue;
    try {
      read(value, request, line);
    } catch (error) {
      if (!(error instanceof RecordError)) throw error;
      return invalidLine(seed.input, 'NOT_A_RECORD', `the record's ${name}: ${error.message}`);
    }
  }
  const problem = request.method === undefined ? undefined : requestProblem(request, request.method);
  return problem === undefined ? { ...seed, request } : invalidLine(seed.input, 'NOT_A_RECORD', problem);
}

/**
 * Why a record cannot be requested with this method, or undefined if it can.
 *
 * @param method the record's own, or else the run's
 */
export function requestProblem({ body, contains }: RequestSpec, method: string): string | undefined {
  if (body !== undefined && BODYLESS.has(method)) return `the record has a body, but ${method} sends none: add a "method"`;
  if (contains !== undefined && method === 'HEAD') return 'the record expects a text, but HEAD gets no body: use GET';
  return undefined;
}

function notARecord(line: string, message: string): SeedLine {
  return invalidLine(shown(line), 'NOT_A_RECORD', message);
}

/**
 * The part of an invalid record that may be shown. If it looks like an object, that is only its URL, because its
 * headers may be secret.
 */
function shown(line: string): string {
  if (!/^\s*[[{]/.test(line)) return line;
  return URL_FIELD.exec(line)?.[1] ?? '{…}';
}

function text(value: unknown): string {
  if (typeof value !== 'string') throw new RecordError('is not text');
  return value;
}

function headers(value: unknown): Header[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new RecordError('is not an object of names and values');
  return Object.entries(value).map(([name, given]): Header => {
    if (typeof given !== 'string' && typeof given !== 'number') throw new RecordError(`the value of ${JSON.stringify(name)} is not text`);
    const header: Header = [name, String(given)];
    const problem = headerProblem(...header);
    if (problem !== undefined) throw new RecordError(problem);
    return header;
  });
}

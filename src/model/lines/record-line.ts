import { jsonMemberText, withJsonMember } from '../../util/json-members.ts';
import { methodProblem } from '../http-method.ts';
import { type Header, headerProblem } from '../request-header.ts';
import type { Json, RequestSpec } from '../request-spec.ts';
import { statusRanges } from '../status-ranges.ts';
import { invalidLine, parseSeedLine, type SeedLine } from './seed-line.ts';

/**
 * Longest line that is taken for a record, in UTF-16 code units. Sources cut longer ones to one more than this. In UTF-8 it is at most 12 MiB, so that
 * an outcome with a `meta` of that length still fits the 16 MiB of a line of the outcome log.
 */
export const MAX_RECORD_CHARS = 4 * 1_024 * 1_024;

/** In other fields, null is as good as nothing. */
const MAY_BE_NULL = new Set(['body', 'meta']);
const BODYLESS = new Set(['GET', 'HEAD']);

const URL_FIELD = /"url"\s*:\s*"([^"\\]+)"/;
/** What JSON.parse adds to some of its messages. */
const QUOTED_INPUT = /, (?:\.\.\.)?".*" is not valid JSON$/s;

/** A record that is not what it should be; the message follows the name of its field. */
class RecordError extends Error {}

type Fields = Readonly<Record<string, unknown>>;
/** `line`: the record as it was written. */
type Read = (value: unknown, spec: RequestSpec, line: string) => void;

/** What each field beside `url` may be. */
const FIELDS: Readonly<Record<string, Read>> = {
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
 * Reads one line of a `.jsonl` source: a JSON object with `url` and, of these, what is needed: `method`, `headers` (an object), `body` (text, or anything else, which
 * is sent as JSON), `repeatable`, `accept` (as in `200-299,304`), `contains`, `meta`. Or a URL as a JSON string. Blank lines and `#` comments are nothing. Never throws.
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

/** The line with another URL in it, as it may travel. */
export function withRecordUrl(line: string, url: string): string {
  const text = JSON.stringify(url);
  return line.trimStart().startsWith('"') ? text : withJsonMember(line, 'url', text);
}

/** A record's `meta`, and its text where it says more than its value. */
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

/** What keeps a record from being asked for with this method, which may be the run's, or undefined. */
export function requestProblem({ body, contains }: RequestSpec, method: string): string | undefined {
  if (body !== undefined && BODYLESS.has(method)) return `the record has a body, but ${method} sends none: add a "method"`;
  if (contains !== undefined && method === 'HEAD') return 'the record expects a text, but HEAD gets no body: use GET';
  return undefined;
}

function notARecord(line: string, message: string): SeedLine {
  return invalidLine(shown(line), 'NOT_A_RECORD', message);
}

/** A line that is no record, as it may be shown: of one that was to be an object no more than its URL, for a header may be a secret. */
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

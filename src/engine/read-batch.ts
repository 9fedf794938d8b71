import type { Entry } from '../model/entry.ts';
import { lineParser } from '../model/lines/parse-line.ts';
import { requestProblem } from '../model/lines/record-line.ts';
import type { LinkPlace, SeedLine } from '../model/lines/seed-line.ts';
import { excludedSeed, strippedSeed } from '../model/lines/seed-rules.ts';
import type { Outcome } from '../model/outcome.ts';
import { unfollowedRequest } from '../model/request-spec.ts';
import type { RunId } from '../model/run-id.ts';
import type { RunOptions } from '../model/run-options.ts';
import { bareSeedBy } from '../model/url/bare-scheme.ts';
import { LOCAL_ORIGIN, ownOrigin, withoutLocalOrigin } from '../model/url/local-target.ts';
import { hostOf } from '../model/url/named-host.ts';
import { compileStripParams } from '../model/url/strip-params.ts';
import type { Batch } from './batch.ts';
import { lineKey } from './rules/logged-rows.ts';

/** The entries of a batch, and the outcomes of its lines that are not URLs. */
interface ReadBatch {
  entries: Entry[];
  invalid: Outcome[];
}

/** The options of a run that concern its seeds. */
export type SeedOptions = Pick<
  RunOptions,
  'scheme' | 'method' | 'exclude' | 'stripParams' | 'fragments' | 'hostIntervalMs' | 'depth' | 'checkExternal'
>;

/** The Redis engine refuses credentials in URLs, because they would be stored in Redis. */
export type UrlCredentials = 'allow' | 'refuse';

/** Reads the lines of a batch. Pure; blank lines and comments are left out. */
export function readBatch(run: RunId, batch: Batch, options: SeedOptions, acceptedAtMs: number, credentials: UrlCredentials): ReadBatch {
  const { format, identity, namedHost } = batch;
  const parse = lineParser(format);
  const rules = seedRules(options, credentials);
  // Links of documents have the scheme that their document gives them.
  if (format !== 'links' && options.scheme !== undefined) rules.unshift((seed) => bareSeedBy(options.scheme, seed));
  // Links of documents lead out of them. With --check-external they are requested, but not crawled from.
  const isUnfollowed = format === 'links' && options.checkExternal && options.depth > 0;
  const entries: Entry[] = [];
  const invalid: Outcome[] = [];
  for (let index = 0; index < batch.lines.length; index++) {
    const seed = rules.reduce((before, rule) => rule(before), parse(batch.lines[index] as string));
    if (seed.kind === 'blank') continue;
    const { source, line } = placeOf(seed, batch, index);
    if (seed.kind === 'url') {
      const { input, request } = seed;
      const { url, origin } = options.hostIntervalMs > 0 && seed.origin === LOCAL_ORIGIN ? ownOrigin(seed.url, seed.key) : seed;
      const key =
        identity === 'line' ? lineKey({ ...(line !== undefined && { line }), ...(source !== undefined && { source }) }) : seed.key;
      const entry: Entry = { key, url, origin, depth: 0, attempts: 0, deferrals: 0, acceptedAtMs };
      if (line !== undefined) entry.line = line;
      if (request !== undefined) entry.request = request;
      if (namedHost !== undefined && hostOf(origin) !== namedHost) entry.request = { ...request, foreign: true };
      if (identity !== undefined) entry.identity = identity;
      if (isUnfollowed && origin !== LOCAL_ORIGIN && request?.checked === undefined) {
        entry.external = true;
        entry.request = { ...entry.request, ...unfollowedRequest(entry.request?.fragments !== undefined) };
      }
      if (input !== url && input !== withoutLocalOrigin(url)) entry.input = input;
      if (source !== undefined) entry.source = source;
      entries.push(entry);
    } else {
      const { input, code, message, meta, metaText, places, morePlaces } = seed;
      const outcome: Outcome = {
        schema: 1,
        run,
        url: input,
        method: options.method,
        verdict: 'invalid-url',
        ok: false,
        attempts: 0,
        error: { code, message },
        depth: 0,
        finishedAt: new Date(acceptedAtMs).toISOString(),
      };
      if (line !== undefined) outcome.line = line;
      if (source !== undefined) outcome.source = source;
      if (places !== undefined) outcome.places = places;
      if (morePlaces !== undefined) outcome.morePlaces = morePlaces;
      if (meta !== undefined) outcome.meta = meta;
      if (metaText !== undefined) outcome.metaText = metaText;
      invalid.push(outcome);
    }
  }
  return { entries, invalid };
}

/** A link of a document carries its own place. */
function placeOf({ place }: Exclude<SeedLine, { kind: 'blank' }>, { format, source, firstLine }: Batch, index: number): LinkPlace {
  if (format === 'links') return place ?? {};
  const line = firstLine + index;
  return source === undefined ? { line } : { source, line };
}

type Rule = (seed: SeedLine) => SeedLine;

/** The rules that are applied to each line, in this order. */
function seedRules({ method, exclude, stripParams, fragments }: SeedOptions, credentials: UrlCredentials): Rule[] {
  const strip = compileStripParams(stripParams);
  const excluding = exclude.map((source) => new RegExp(source));
  return [
    ...(stripParams.length > 0 ? [(seed: SeedLine) => strippedSeed(seed, strip)] : []),
    ...(credentials === 'refuse' ? [refuseCredentials] : []),
    (seed) => refuseRequest(seed, method),
    fragments ? (seed: SeedLine) => askedWithBody(seed, method) : withoutFragments,
    ...(excluding.length > 0 ? [(seed: SeedLine) => excludedSeed(seed, excluding)] : []),
  ];
}

/**
 * The identity of a batch, as text. Absent fields leave it as it was before these fields existed, so that runs of an
 * earlier version can continue.
 */
export function batchContent({ source, firstLine, lines, format, identity, namedHost }: Batch): string {
  const content = [source ?? null, firstLine, lines];
  const more = [format ?? null, identity ?? null, namedHost ?? null];
  while (more.at(-1) === null) more.pop();
  if (more.length === 1) more.push(null);
  return JSON.stringify([...content, ...more]);
}

/** True if the URL has `user:password@` in it. */
export function hasCredentials({ url, origin }: { url: string; origin: string }): boolean {
  return !url.startsWith(`${origin}/`);
}

function refuseRequest(seed: SeedLine, method: string): SeedLine {
  if (seed.kind !== 'url' || seed.request === undefined) return seed;
  const message = requestProblem(seed.request, seed.request.method ?? method);
  return message === undefined ? seed : refused(seed, 'NOT_A_RECORD', message);
}

function refuseCredentials(seed: SeedLine): SeedLine {
  if (seed.kind !== 'url' || !hasCredentials(seed)) return seed;
  const message =
    "credentials in a URL are not sent through Redis: give them as a header, -H 'Authorization: env:NAME', and set NAME for each worker";
  return refused(seed, 'CREDENTIALS_IN_URL', message);
}

function withoutFragments(seed: SeedLine): SeedLine {
  if (seed.kind !== 'url' || seed.request?.fragments === undefined) return seed;
  const { fragments: _, moreFragments: __, ...request } = seed.request;
  return { ...seed, request };
}

/** Anchors are in the body, so a URL with a fragment to check gets a GET even with `--method HEAD`. */
function askedWithBody(seed: SeedLine, method: string): SeedLine {
  if (method !== 'HEAD' || seed.kind !== 'url' || seed.request?.fragments === undefined || seed.request.method !== undefined) return seed;
  return { ...seed, request: { ...seed.request, method: 'GET' } };
}

/** A refused line keeps what identifies it: the `meta` of a record, the place of a link. */
function refused({ input, request = {}, place }: Extract<SeedLine, { kind: 'url' }>, code: string, message: string): SeedLine {
  const { meta, metaText, places, morePlaces } = request;
  return {
    kind: 'invalid',
    input,
    code,
    message,
    ...(place !== undefined && { place }),
    ...(places !== undefined && { places }),
    ...(morePlaces !== undefined && { morePlaces }),
    ...(meta !== undefined && { meta }),
    ...(metaText !== undefined && { metaText }),
  };
}

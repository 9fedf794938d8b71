import type { Checked, RequestSpec } from '../request-spec.ts';
import { urlKey } from '../url/canonical-url.ts';
import { LOCAL_ORIGIN, withoutLocalOrigin } from '../url/local-target.ts';
import { maskCredentials } from '../url/without-credentials.ts';
import { invalidLine, type LinkPlace, parseSeedLine, type SeedLine } from './seed-line.ts';

/** A link of a document, in the form in which it is sent in a batch: one JSON object per line. */
export interface LinkLine {
  /**
   * An http or https URL; for a local link, the `localUrl` of its target; for a link that is not a valid URL, the link
   * as it is written.
   */
  url: string;
  /** The link as it is written, if that differs from `url`. */
  input?: string;
  /** The first document that contains the link, as the user named it, and the line there, counted from 1. */
  source: string;
  line?: number;
  /** Further places where the link occurs, as `name:line`. */
  places: readonly string[];
  /** How many more places there are. */
  morePlaces?: number;
  /** Its fragments, each with its full URL. */
  fragments?: readonly string[];
  /** How many more fragments there are. */
  moreFragments?: number;
  /**
   * The result of a link that is not to be requested: what the check of a local link found, or why the link is not a
   * valid URL.
   */
  checked?: Checked;
}

/** Parses a `LinkLine`. Other programs may have written it, so every field is validated. Never throws. */
export function parseLinkLine(text: string): SeedLine {
  let link: Partial<Record<keyof LinkLine, unknown>>;
  try {
    link = JSON.parse(text) ?? {};
  } catch {
    return invalidLine(text, 'NOT_A_LINK', 'not a link in JSON');
  }
  if (typeof link.url !== 'string') return invalidLine(text, 'NOT_A_LINK', 'the link has no "url", or it is not text');
  const place: LinkPlace = {
    ...(typeof link.source === 'string' && { source: link.source }),
    ...(typeof link.line === 'number' && { line: link.line }),
  };
  const request = requestOf(link);
  const { checked, ...asked } = request;
  const seed = seedOf(link.url, checked);
  if (seed.kind !== 'url') return { ...seed, place, ...asked };
  // A local path has no credentials, even if it contains an `@`.
  const shown = seed.origin === LOCAL_ORIGIN ? String : maskCredentials;
  const input = typeof link.input === 'string' ? shown(link.input) : seed.input;
  return { ...seed, input, place, request: seed.origin === LOCAL_ORIGIN ? request : asked };
}

/** The line with another URL, and without the fields that repeat the URL. */
export function withLinkUrl(line: string, url: string): string {
  const { input: _, fragments: __, moreFragments: ___, ...link } = JSON.parse(line) as LinkLine;
  return JSON.stringify({ ...link, url });
}

function seedOf(url: string, checked: Checked | undefined): Exclude<SeedLine, { kind: 'blank' }> {
  if (checked !== undefined && url.startsWith(`${LOCAL_ORIGIN}/`)) {
    return { kind: 'url', url, key: urlKey(url), origin: LOCAL_ORIGIN, input: withoutLocalOrigin(url) };
  }
  if (typeof checked === 'object') return invalidLine(url, checked.code, checked.message) as Extract<SeedLine, { kind: 'invalid' }>;
  const seed = parseSeedLine(url);
  return seed.kind === 'blank' ? (invalidLine(url, 'NOT_A_URL', 'not a URL') as Extract<SeedLine, { kind: 'invalid' }>) : seed;
}

function requestOf({ places, morePlaces, fragments, moreFragments, checked }: Partial<Record<keyof LinkLine, unknown>>): RequestSpec {
  return {
    places: isTexts(places) ? places : [],
    ...(typeof morePlaces === 'number' && { morePlaces }),
    ...(isTexts(fragments) && { fragments }),
    ...(typeof moreFragments === 'number' && { moreFragments }),
    ...(isChecked(checked) && { checked }),
  };
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function isChecked(value: unknown): value is Checked {
  if (value === 'ok') return true;
  const { code, message, verdict } = (value ?? {}) as Partial<Record<'code' | 'message' | 'verdict', unknown>>;
  const isVerdict = verdict === undefined || verdict === 'out-of-scope' || verdict === 'invalid-url';
  return typeof code === 'string' && typeof message === 'string' && isVerdict;
}

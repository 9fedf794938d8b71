import type { Checked, RequestSpec } from '../request-spec.ts';
import { urlKey } from '../url/canonical-url.ts';
import { LOCAL_ORIGIN, withoutLocalOrigin } from '../url/local-target.ts';
import { maskCredentials } from '../url/without-credentials.ts';
import { invalidLine, type LinkPlace, parseSeedLine, type SeedLine } from './seed-line.ts';

/** A link of a document as it travels in a batch: one JSON object a line. */
export interface LinkLine {
  /** An http or https URL; of a local link, what `localUrl` makes of its target. Or what no URL can be made of, as it is written. */
  url: string;
  /** As it is written, where that is another. */
  input?: string;
  /** The document where it stands first, as it was named, and the line there, from 1. */
  source: string;
  line?: number;
  /** Where else it stands, as `name:line`. */
  places: readonly string[];
  /** How many places are beyond those. */
  morePlaces?: number;
  /** Its fragments, each with the URL before it. */
  fragments?: readonly string[];
  /** How many fragments it has beyond those. */
  moreFragments?: number;
  /** What became of it; it is not to be requested. Of what is not local, why it is no URL. */
  checked?: Checked;
}

/** Reads a `LinkLine`. Other programs may have written it, so that nothing in it is taken for granted. Never throws. */
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
  // A local path has no credentials, whatever stands before its `@`.
  const shown = seed.origin === LOCAL_ORIGIN ? String : maskCredentials;
  const input = typeof link.input === 'string' ? shown(link.input) : seed.input;
  return { ...seed, input, place, request: seed.origin === LOCAL_ORIGIN ? request : asked };
}

/** The line with another URL in it, as it may travel; without what repeats the URL. */
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
  const { code, message } = (value ?? {}) as { code?: unknown; message?: unknown };
  return typeof code === 'string' && typeof message === 'string';
}

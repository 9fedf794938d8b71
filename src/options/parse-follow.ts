import { SCOPE_KINDS } from '../model/link-options.ts';
import { accept, type Parsed, quote, reject } from '../model/parsed.ts';
import { integer, oneOf } from './parse-values.ts';

/** The number for the depth `all`. No site is this deep, and unlike Infinity it can be written in JSON and Lua. */
export const UNLIMITED_DEPTH = 1_000_000;

/** Reads how many links deep a crawl goes: a whole number, or `all`. */
export function linkDepth(text: string): Parsed<number> {
  if (text === 'all') return accept(UNLIMITED_DEPTH);
  const depth = integer(0, UNLIMITED_DEPTH)(text);
  return depth.ok || /^-?\d+$/.test(text) ? depth : reject(`${quote(text)} is neither a whole number nor all`);
}

/** Reads the scope of a crawl. See `ScopeKind`. */
export const scopeKind = oneOf(...SCOPE_KINDS);

/** Reads the source of a JavaScript regular expression, without slashes and flags. It is kept as text: the run's workers compile it. */
export function regexText(text: string): Parsed<string> {
  if (text === '') return reject('is empty: it would match every URL');
  try {
    new RegExp(text);
    return accept(text);
  } catch (error) {
    return reject(`${quote(text)} is not a regular expression: ${syntaxProblem(error)}`);
  }
}

/** The last part of V8's message, which is `Invalid regular expression: /PATTERN/FLAGS: Unterminated group`. */
function syntaxProblem(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.slice(message.lastIndexOf(': ') + 1).trim();
}

/** Reads `utm_*,sid`: names of query parameters, in which `*` matches any characters. */
export function stripParamNames(text: string): Parsed<readonly string[]> {
  const names = text.split(',').map((name) => name.trim());
  return names.includes('') ? reject(`${quote(text)} has an empty name: write names like utm_*,sid`) : accept(names);
}

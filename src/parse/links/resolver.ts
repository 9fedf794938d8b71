import { copyString } from '../../util/flat-text.ts';
import { withEncodedQuery } from '../charset/encoded-query.ts';
import { plainReferences } from './plain-reference.ts';

/**
 * Longest URL. Servers accept no longer request lines, and parsing URLs of megabytes would block everything else. Also,
 * V8 gives all strings of the same length beyond 16,383 characters the same hash, so a map of such strings takes
 * quadratic time.
 */
export const MAX_URL_CHARACTERS = 8_192;
const SCHEME = /^[a-z][a-z0-9+.-]*:/i;
const HTTP = /^https?:/;

/** The result of resolving a link. */
export type Resolved =
  /** A URL serialised by WHATWG: http or https, or with the scheme of the document. */
  | { readonly is: 'url'; readonly url: string }
  /** A URL with another scheme. */
  | { readonly is: 'other' }
  /** A URL that is longer than any server accepts. */
  | { readonly is: 'too-long' }
  /** Not a valid URL. */
  | { readonly is: 'unreadable' };

/** The properties of a document that affect its links. */
export interface Document {
  /** Its URL, serialised by WHATWG. Only a `file:` document can link to files, whatever its base URL is. */
  readonly url: string;
  /** Its encoding. Called only if it can make a difference. */
  encoding(): string;
}

/**
 * Creates a function that resolves links. The links must not have white space at either end.
 *
 * @param base the URL that they are relative to, serialised by WHATWG
 */
export function resolver(base: string, document: Document): (written: string) => Resolved {
  const plain = HTTP.test(base) ? plainReferences(base) : undefined;
  const ownScheme = schemeOf(document.url) ?? '';
  const isFetched = (scheme: string) => scheme === 'http:' || scheme === 'https:' || scheme === ownScheme;
  return (written) => {
    const fast = written.length > MAX_URL_CHARACTERS ? undefined : plain?.(written);
    if (fast !== undefined) return fast.length > MAX_URL_CHARACTERS ? { is: 'too-long' } : { is: 'url', url: copyString(fast) };
    // `new URL` ignores these characters, so they could hide the scheme.
    const cleaned = /[\t\n\r]/.test(written) ? written.replace(/[\t\n\r]/g, '') : written;
    if (!isFetched(schemeOf(cleaned) ?? schemeOf(base) ?? '')) return { is: 'other' };
    if (cleaned.length > MAX_URL_CHARACTERS) return { is: 'too-long' };
    // biome-ignore lint/suspicious/noControlCharactersInRegex: non-ASCII characters, and those that switch the character set
    const isPlainText = !/[^\0-\x7f]|[\x0e\x0f\x1b]/.test(cleaned);
    try {
      const { href } = new URL(isPlainText ? cleaned : withEncodedQuery(cleaned, document.encoding()), base);
      return href.length > MAX_URL_CHARACTERS ? { is: 'too-long' } : { is: 'url', url: href };
    } catch {
      return { is: 'unreadable' };
    }
  };
}

function schemeOf(reference: string): string | undefined {
  return SCHEME.exec(reference)?.[0].toLowerCase();
}

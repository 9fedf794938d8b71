import { detached } from '../../util/flat-text.ts';
import { withEncodedQuery } from '../charset/encoded-query.ts';
import { plainReferences } from './plain-reference.ts';

/**
 * Servers take no longer request lines. To parse URLs of megabytes would hold everything else up; and V8 gives all strings of one length beyond 16,383 characters
 * one hash, so that a map of them takes the square of their number.
 */
export const MOST_URL_CHARACTERS = 8_192;
const SCHEME = /^[a-z][a-z0-9+.-]*:/i;
const HTTP = /^https?:/;

/** What a link as written leads to. */
export type Resolved =
  /** To a URL, as WHATWG serialises it: http or https, or of the scheme of the document. */
  | { readonly is: 'url'; readonly url: string }
  /** To a URL of another scheme. */
  | { readonly is: 'other' }
  /** To a URL that is longer than any server takes. */
  | { readonly is: 'too-long' }
  /** Nowhere: it is not a valid URL. */
  | { readonly is: 'unreadable' };

/** What the links of a document depend on. */
export interface Document {
  /** Its URL, as WHATWG serialises it. Only a document of a file can link to files, whatever its base says. */
  readonly url: string;
  /** Its encoding; asked for only where it could make a difference. */
  encoding(): string;
}

/**
 * Resolves what is written in a document, without white space around it.
 *
 * @param base what it is relative to, as WHATWG serialises it
 */
export function resolver(base: string, document: Document): (written: string) => Resolved {
  const plain = HTTP.test(base) ? plainReferences(base) : undefined;
  const ownScheme = schemeOf(document.url) ?? '';
  const isFetched = (scheme: string) => scheme === 'http:' || scheme === 'https:' || scheme === ownScheme;
  return (written) => {
    const quick = written.length > MOST_URL_CHARACTERS ? undefined : plain?.(written);
    if (quick !== undefined) return quick.length > MOST_URL_CHARACTERS ? { is: 'too-long' } : { is: 'url', url: detached(quick) };
    // What `new URL` drops could hide the scheme.
    const bare = /[\t\n\r]/.test(written) ? written.replace(/[\t\n\r]/g, '') : written;
    if (!isFetched(schemeOf(bare) ?? schemeOf(base) ?? '')) return { is: 'other' };
    if (bare.length > MOST_URL_CHARACTERS) return { is: 'too-long' };
    // biome-ignore lint/suspicious/noControlCharactersInRegex: beyond ASCII, or what switches a character set
    const isPlainText = !/[^\0-\x7f]|[\x0e\x0f\x1b]/.test(bare);
    try {
      const { href } = new URL(isPlainText ? bare : withEncodedQuery(bare, document.encoding()), base);
      return href.length > MOST_URL_CHARACTERS ? { is: 'too-long' } : { is: 'url', url: href };
    } catch {
      return { is: 'unreadable' };
    }
  };
}

function schemeOf(reference: string): string | undefined {
  return SCHEME.exec(reference)?.[0].toLowerCase();
}

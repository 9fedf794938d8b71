import { encoderTable } from './encoder-table.ts';
import { fourByteGb18030 } from './four-byte-gb18030.ts';
import { iso2022JpBytes } from './iso-2022-jp.ts';

/** The one code point that GB 18030 has not. */
const NO_GB18030 = 0xe5e5;

/**
 * A reference with its query as a document in another encoding than UTF-8 means it: the query of a link is percent-encoded in the document's encoding, all else
 * in UTF-8 (URL Standard, "query state"; "percent-encode after encoding"). What the encoding lacks becomes `&#NUMBER;`, percent-encoded.
 *
 * @param reference an http or https URL, or relative to one
 * @param encoding of the document, as `bodyEncoding` names it
 */
export function withEncodedQuery(reference: string, encoding: string): string {
  const query = reference.indexOf('?');
  const hash = reference.indexOf('#');
  // UTF-16 and UTF-32 documents have their queries in UTF-8.
  if (query === -1 || (hash !== -1 && hash < query) || encoding.startsWith('utf-')) return reference;
  const end = hash === -1 ? reference.length : hash;
  const written = reference.slice(query + 1, end);
  const encoded = encoding === 'iso-2022-jp' ? iso2022JpQuery(written) : otherQuery(written, encoding);
  return reference.slice(0, query + 1) + encoded + reference.slice(end);
}

function otherQuery(written: string, encoding: string): string {
  // ASCII is left to `new URL`.
  const table = encoderTable(encoding);
  return written.replace(/[^\0-\x7f]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    const bytes = table[code] ?? 0;
    if (bytes > 0xff) return octet(bytes >> 8) + octet(bytes & 0xff);
    if (bytes > 0) return octet(bytes);
    const four = encoding === 'gb18030' && code !== NO_GB18030 ? fourByteGb18030(code) : undefined;
    return four?.map(octet).join('') ?? numberOf(code);
  });
}

/** Whether it is ASCII depends here on what stood before, so that it is done as a whole, without the white space that `new URL` drops. */
function iso2022JpQuery(written: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those that switch the character set
  if (!/[^\0-\x7f]|[\x0e\x0f\x1b]/.test(written)) return written;
  return iso2022JpBytes(written.replace(/[\t\n\r]/g, ''))
    .map((part) => (part < 0 ? numberOf(-part) : octet(part)))
    .join('');
}

function numberOf(code: number): string {
  return `%26%23${code}%3B`;
}

/** As a query has it (URL Standard, special-query percent-encode set). */
function octet(byte: number): string {
  const isPlain = byte > 0x20 && byte < 0x7f && !(byte === 0x22 || byte === 0x23 || byte === 0x27 || byte === 0x3c || byte === 0x3e);
  return isPlain ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
}

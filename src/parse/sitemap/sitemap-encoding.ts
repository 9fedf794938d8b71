import { TextDecoder } from 'node:util';

const DECLARED = /^\s*<\?xml[^>]*?\sencoding\s*=\s*["']([\w.:-]+)["']/;
const DECLARATION_BYTES = 1_024;

/**
 * What a sitemap's bytes are decoded as: UTF-16 by its byte order mark or by how `<` looks in it, else what its XML declaration says, else UTF-8. An encoding that is not known, and a UTF-16 that
 * can be read as it stands, is taken for UTF-8.
 */
export function sitemapDecoder(head: Uint8Array): TextDecoder {
  const [first, second] = head;
  if ((first === 0xff && second === 0xfe) || (first === 0x3c && second === 0)) return new TextDecoder('utf-16le');
  if ((first === 0xfe && second === 0xff) || (first === 0 && second === 0x3c)) return new TextDecoder('utf-16be');
  const declared = DECLARED.exec(Buffer.from(head.subarray(0, DECLARATION_BYTES)).toString('latin1').replace('\xef\xbb\xbf', ''))?.[1];
  if (declared === undefined || /^utf-?16/i.test(declared)) return new TextDecoder();
  try {
    return new TextDecoder(declared);
  } catch {
    return new TextDecoder();
  }
}

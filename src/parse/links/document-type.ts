/** The parser that finds the links of a document. Undefined for a document that has none. */
export type DocumentType = 'html' | 'xml' | 'css';

const SNIFFED_BYTES = 1_445;
/**
 * The beginnings by which a document without a known type is recognised as HTML (MIME Sniffing Standard, section
 * 7.1).
 */
const HTML_START =
  /^(?:\xef\xbb\xbf)?[\t\n\f\r ]*<(?:!doctype html|html|head|script|iframe|h1|div|font|table|a|style|title|b|body|br|p|meta)[\t\n\f\r />]|^(?:\xef\xbb\xbf)?[\t\n\f\r ]*<!--/i;
const XML_START = /^(?:\xef\xbb\xbf)?[\t\n\f\r ]*<\?xml[\t\n\f\r ]/;

/** The type of a document, by its Content-Type, or by the beginning of its body if there is none. */
export function documentType(contentType: string | undefined, body: Uint8Array): DocumentType | undefined {
  const type = contentType?.split(/[;,]/, 1)[0]?.trim().toLowerCase();
  if (type === undefined || type === '' || type === '*/*' || type === 'unknown/unknown' || type === 'application/unknown')
    return sniffed(body);
  if (type === 'text/html') return 'html';
  if (type === 'text/css') return 'css';
  return type === 'text/xml' || type === 'application/xml' || type.endsWith('+xml') ? 'xml' : undefined;
}

function sniffed(body: Uint8Array): DocumentType | undefined {
  const start = Buffer.from(body.buffer, body.byteOffset, Math.min(body.byteLength, SNIFFED_BYTES)).toString('latin1');
  if (HTML_START.test(start)) return 'html';
  return XML_START.test(start) ? 'xml' : undefined;
}

const NOTHING = new Uint8Array(0);

/**
 * True if a document with this Content-Type may contain links. Without a Content-Type it must be sniffed, so it
 * may.
 */
export function isLinking(contentType: string | undefined): boolean {
  return contentType === undefined || documentType(contentType, NOTHING) !== undefined;
}

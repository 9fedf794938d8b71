import { constants, isUtf8 } from 'node:buffer';
import { TextDecoder } from 'node:util';
import { bodyEncoding, decodedSlices, isPlainAscii } from '../charset/body-text.ts';

/** The text of a document to be searched for markup. */
export interface MarkupText {
  /** Either the characters or, with `isUtf8`, the bytes as they are, one to a character. */
  readonly text: string;
  /**
   * Whether parts of `text` have to be decoded by `decodedPart`. All markup is ASCII, and no byte below 0x80 is a part of another character in UTF-8: so only
   * the few parts that are of interest are decoded. To decode a page whole takes as long as to search it.
   */
  readonly isUtf8: boolean;
  /** The encoding of the document, as WHATWG names it; undefined if nothing had to be decoded, so that it was not looked for. */
  readonly encoding?: string;
}

/** The text of a body, or of what of it fits a string, in the encoding that `bodyText` takes it to be in, pausing now and then. */
export function* markupText(body: Uint8Array, contentType: string | undefined): Generator<void, MarkupText> {
  const bytes = Buffer.from(body.buffer, body.byteOffset, Math.min(body.byteLength, constants.MAX_STRING_LENGTH));
  if (isPlainAscii(bytes, contentType ?? '')) return { text: bytes.toString('latin1'), isUtf8: false };
  const encoding = bodyEncoding(bytes, contentType) ?? (isCutUtf8(bytes) ? 'utf-8' : 'windows-1252');
  if (encoding === 'utf-8') return { text: bytes.toString('latin1'), isUtf8: true, encoding };
  const parts: string[] = [];
  for (const part of decodedSlices(bytes, encoding)) {
    parts.push(part);
    yield;
  }
  return { text: parts.join(''), isUtf8: false, encoding };
}

/** The characters of a part of `text`. */
export function decodedPart({ isUtf8: isBytes }: MarkupText, part: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII is what it asks for
  return isBytes && /[^\x00-\x7f]/.test(part) ? Buffer.from(part, 'latin1').toString() : part;
}

/** Whether it is UTF-8, but that it may end within a character. */
function isCutUtf8(bytes: Uint8Array): boolean {
  if (isUtf8(bytes)) return true;
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}

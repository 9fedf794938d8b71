import { constants, isUtf8 } from 'node:buffer';
import { TextDecoder } from 'node:util';
import { bodyEncoding, decodedSlices, isPlainAscii } from '../charset/body-text.ts';

/** The text of a document, to be searched for markup. */
export interface MarkupText {
  /** The decoded characters, or with `isUtf8` the undecoded bytes, one per character. */
  readonly text: string;
  /**
   * If true, parts of `text` must be decoded with `decodedPart`. Markup is ASCII, and in UTF-8 no byte below 0x80 is
   * part of another character. So markup can be found in the bytes, and only the few parts that matter are decoded.
   * Decoding a whole page takes as long as searching it.
   */
  readonly isUtf8: boolean;
  /**
   * The encoding of the document, as a WHATWG name. Undefined if it did not have to be determined because the text is
   * ASCII.
   */
  readonly encoding?: string;
}

/**
 * Prepares a body for searching, in the same encoding as `bodyText`. A body longer than the longest possible string is
 * cut. Yields now and then, so that other work can run.
 */
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

/** Decodes a part of `text`. */
export function decodedPart({ isUtf8: isBytes }: MarkupText, part: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it tests for ASCII
  return isBytes && /[^\x00-\x7f]/.test(part) ? Buffer.from(part, 'latin1').toString() : part;
}

/** True if the bytes are UTF-8. They may end within a character. */
function isCutUtf8(bytes: Uint8Array): boolean {
  if (isUtf8(bytes)) return true;
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}

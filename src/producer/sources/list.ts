import { StringDecoder } from 'node:string_decoder';
import { TextDecoder } from 'node:util';
import { UsageError } from '../../model/errors.ts';
import { MAX_LINE_CHARS } from '../../model/lines/seed-line.ts';
import { markedEncoding } from '../../parse/charset/body-text.ts';

const LF = '\n';
const BYTE_ORDER_MARK = '\uFEFF';

/**
 * Splits a list into lines while it is read. Memory is bounded for lists and lines of any length: a line is cut after
 * `maxChars` + 1 characters, which keeps it recognisable as too long. Lines end with LF or CRLF; the last line end is
 * optional. A byte order mark is removed, UTF-16 with a byte order mark is decoded, and invalid UTF-8 becomes U+FFFD.
 * Rejects with UsageError for a NUL byte.
 */
export async function* splitLines(
  bytes: AsyncIterable<Uint8Array>,
  name: string,
  maxChars: number = MAX_LINE_CHARS,
): AsyncGenerator<string[], void, undefined> {
  // One character more marks a line as too long, and another one leaves room for a carriage return.
  const maxCarryChars = maxChars + 2;
  const decoder = new StringDecoder('utf8');
  let carry = '';
  let isFirstText = true;
  for await (const chunk of checkedBytes(bytes, name)) {
    let text = decoder.write(chunk);
    if (text === '') continue;
    if (isFirstText && text.startsWith(BYTE_ORDER_MARK)) text = text.slice(1);
    isFirstText = false;
    const lines = text.split(LF);
    lines[0] = carry + lines[0];
    carry = (lines.pop() as string).slice(0, maxCarryChars);
    if (lines.length > 0) yield trimLines(lines, maxChars);
  }
  carry += decoder.end();
  if (carry !== '') yield trimLines([carry], maxChars);
}

/** Passes the bytes on as UTF-8: UTF-16 with a byte order mark is converted. Rejects with UsageError for a NUL byte. */
export async function* checkedBytes(bytes: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<Buffer, void, undefined> {
  let decoder: TextDecoder | undefined;
  let isFirst = true;
  for await (const chunk of withWholeHead(bytes)) {
    if (isFirst && isUtf16(chunk)) decoder = new TextDecoder(markedEncoding(chunk));
    isFirst = false;
    const text = decoder === undefined ? chunk : Buffer.from(decoder.decode(chunk, { stream: true }));
    refuseNul(text, name);
    if (text.length > 0) yield text;
  }
  const end = decoder?.decode() ?? '';
  if (end !== '') yield Buffer.from(end);
}

/** Throws UsageError if the beginning of a file shows that it is not text. */
export function checkHead(head: Uint8Array, name: string): void {
  if (!isUtf16(head)) refuseNul(head, name);
}

/** Joins chunks at the beginning, so that the first one has the two bytes of a UTF-16 byte order mark. */
async function* withWholeHead(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer, void, undefined> {
  let head: Buffer | undefined = Buffer.alloc(0);
  for await (const chunk of bytes) {
    const buffer = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    if (head === undefined) {
      yield buffer;
      continue;
    }
    head = head.length === 0 ? buffer : Buffer.concat([head, buffer]);
    if (head.length < 2) continue;
    yield head;
    head = undefined;
  }
  if (head !== undefined && head.length > 0) yield head;
}

function isUtf16(head: Uint8Array): boolean {
  return markedEncoding(head)?.startsWith('utf-16') === true;
}

function refuseNul(chunk: Uint8Array, name: string): void {
  if (chunk.includes(0)) throw new UsageError(`${name} is not a text list: it contains a NUL byte; give a text file with one URL per line`);
}

function trimLines(lines: string[], maxChars: number): string[] {
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] as string;
    const end = line.endsWith('\r') ? line.length - 1 : line.length;
    if (end > maxChars) lines[i] = line.slice(0, maxChars + 1);
    else if (end < line.length) lines[i] = line.slice(0, end);
  }
  return lines;
}

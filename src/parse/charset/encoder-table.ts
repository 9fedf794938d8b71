import { decodeBytes } from './body-text.ts';

/**
 * Maps each code point up to U+FFFF to its byte in an encoding, or to its two bytes as one number. 0 if the encoding
 * lacks it.
 */
type EncoderTable = Uint16Array;

const DOUBLE_BYTE = new Set(['gbk', 'gb18030', 'big5', 'euc-jp', 'shift_jis', 'euc-kr']);
const FIRST_LEAD = 0x81;
const FIRST_TRAIL = 0x40;
const LAST_BYTE = 0xfe;
const NEWLINE = 0x0a;
const FULL_WIDTH_MINUS = 0xff0d;
const MINUS = 0x2212;
/** Characters with two sequences in Big5, which are encoded as the second: ═ ╞ ╡ ╪ 十 卅. */
const BIG5_SECONDS = new Set([0x2550, 0x255e, 0x2561, 0x256a, 0x5341, 0x5345]);

const tables = new Map<string, EncoderTable>();

/**
 * The encoder table of an encoding. It is the inverse of the runtime's decoder, with the differences between decoder
 * and encoder in the Encoding Standard (chapters 9 to 13), so that the source needs no tables. Building a large table
 * takes a few milliseconds; it is kept.
 *
 * @param encoding as returned by `bodyEncoding`, but neither a UTF nor ISO-2022-JP
 */
export function encoderTable(encoding: string): EncoderTable {
  let table = tables.get(encoding);
  if (table === undefined) {
    table = DOUBLE_BYTE.has(encoding) ? doubleByteTable(encoding) : tableOf(encoding, byteRange(0x80, 0xff));
    tables.set(encoding, table);
  }
  return table;
}

function doubleByteTable(encoding: string): EncoderTable {
  // Half-width katakana are the only single-byte characters beyond ASCII.
  const sequences = encoding === 'shift_jis' ? byteRange(0xa1, 0xdf) : [];
  for (let lead = FIRST_LEAD; lead <= LAST_BYTE; lead++) {
    for (let trail = FIRST_TRAIL; trail <= LAST_BYTE; trail++) if (isEncoded(encoding, lead, trail)) sequences.push((lead << 8) | trail);
  }
  const table = tableOf(encoding, sequences);
  if (encoding === 'shift_jis' || encoding === 'euc-jp') addJapanese(table);
  if (encoding === 'gbk') table[0x20ac] = 0x80;
  return table;
}

/**
 * Some sequences are decoded but never encoded: those of Big5 with a low lead byte (the Hong Kong supplement), and the
 * duplicate IBM extensions of Shift_JIS.
 */
function isEncoded(encoding: string, lead: number, trail: number): boolean {
  if (encoding === 'big5') return lead >= 0xa1;
  return encoding !== 'shift_jis' || !(lead === 0xed || (lead === 0xee && trail <= 0xfc));
}

/** ¥ and ‾ are encoded as \ and ~, and the minus sign as its full-width form. */
function addJapanese(table: EncoderTable): void {
  table[0xa5] = 0x5c;
  table[0x203e] = 0x7e;
  table[MINUS] = table[FULL_WIDTH_MINUS] || (table[MINUS] ?? 0);
}

/** The first of several sequences for a character is used. */
function tableOf(encoding: string, sequences: readonly number[]): EncoderTable {
  const bytes: number[] = [];
  for (const sequence of sequences) {
    if (sequence > 0xff) bytes.push(sequence >> 8);
    bytes.push(sequence & 0xff, NEWLINE);
  }
  const text = decodeBytes(Uint8Array.from(bytes), encoding);
  const table = new Uint16Array(0x1_0000);
  // No decoder treats a line feed as part of a character, so line feeds separate the sequences.
  for (let start = 0, index = 0; index < sequences.length; index++) {
    const end = text.indexOf('\n', start);
    const code = text.charCodeAt(start);
    const isFirst = table[code] === 0 || (encoding === 'big5' && BIG5_SECONDS.has(code));
    if (end - start === 1 && code > 0x7f && code !== 0xfffd && isFirst) table[code] = sequences[index] as number;
    start = end + 1;
  }
  // GB 18030 cannot encode U+E5E5.
  table[0xe5e5] = 0;
  return table;
}

function byteRange(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

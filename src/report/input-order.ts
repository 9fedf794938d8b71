import type { FileHandle } from 'node:fs/promises';
import type { Outcome } from '../model/outcome.ts';
import { openLogAtRandom } from '../util/log-file.ts';
import { type LogLine, readLogLines, unreadable } from './log-lines.ts';
import { parseOutcome } from './read-outcomes.ts';

/** Lines read back and held at a time. A larger batch finds more neighbouring lines that one read can fetch. */
const BATCH_BYTES = 8 * 1_024 * 1_024;
/** Reading across a gap of up to this size costs less than a second read. */
const GAP_BYTES = 4 * 1_024;
const READ_BYTES = 1_024 * 1_024;

/**
 * Streams the lines of an outcome log in the order of the input: seeds by source, then by line; after them, discovered URLs by depth.
 *
 * The log is in completion order, so this takes two passes. The first builds an index of 24 bytes a row. The second reads the rows from their
 * offsets, some megabytes at a time, neighbours in one read. (Holding a million parsed outcomes and sorting them takes over a gigabyte.)
 * Each array is emptied when the next is requested.
 *
 * @param sources names of the sources in input order
 * @throws UsageError as `readOutcomes` does
 */
export async function* readLogLinesInInputOrder(file: string, sources: readonly string[], endBytes?: number): AsyncGenerator<LogLine[]> {
  const index = new InputIndex(sources);
  for await (const lines of readLogLines(file, endBytes)) {
    for (const line of lines) index.add(parseOutcome(file, line), line.offsetBytes, line.lengthBytes);
  }
  const log = await openLogAtRandom(file).catch((error) => {
    throw unreadable(file, error);
  });
  try {
    for (const rows of batches(index)) {
      const lines = await readRows(log.handle, index, rows);
      yield lines;
      // The consumer's variable still refers to this array while the next batch is read, and two batches would take twice the memory.
      lines.length = 0;
    }
  } finally {
    await log.close();
  }
}

/** The rows in input order, in batches of about `BATCH_BYTES` of lines. */
function* batches(index: InputIndex): Generator<Uint32Array> {
  const rows = index.sorted();
  let start = 0;
  let bytes = 0;
  for (let at = 0; at < rows.length; at += 1) {
    bytes += index.lengthBytes(rows[at] ?? 0);
    if (bytes < BATCH_BYTES) continue;
    yield rows.subarray(start, at + 1);
    start = at + 1;
    bytes = 0;
  }
  if (start < rows.length) yield rows.subarray(start);
}

/** Reads the lines of these rows. They are returned in the order of `rows`. */
async function readRows(handle: FileHandle, index: InputIndex, rows: Uint32Array): Promise<LogLine[]> {
  const lines = new Array<LogLine>(rows.length);
  // Row numbers rise with offsets, so positions sorted by row number are in file order.
  const inFileOrder = rows.map((_, position) => position).sort((a, b) => (rows[a] ?? 0) - (rows[b] ?? 0));
  for (const { positions, startBytes, endBytes } of stretches(index, rows, inFileOrder)) {
    const { buffer } = await handle.read(Buffer.allocUnsafe(endBytes - startBytes), 0, endBytes - startBytes, startBytes);
    for (const position of positions) {
      const row = rows[position] ?? 0;
      const offsetBytes = index.offsetBytes(row);
      const lengthBytes = index.lengthBytes(row);
      const start = offsetBytes - startBytes;
      lines[position] = { text: buffer.toString('utf8', start, start + lengthBytes), number: row + 1, offsetBytes, lengthBytes };
    }
  }
  return lines;
}

/** Neighbouring rows that are read together. */
interface Stretch {
  positions: Uint32Array;
  startBytes: number;
  endBytes: number;
}

function* stretches(index: InputIndex, rows: Uint32Array, inFileOrder: Uint32Array): Generator<Stretch> {
  const startOf = (at: number) => index.offsetBytes(rows[inFileOrder[at] ?? 0] ?? 0);
  const endOf = (at: number) => startOf(at) + index.lengthBytes(rows[inFileOrder[at] ?? 0] ?? 0);
  let first = 0;
  for (let at = 0; at < inFileOrder.length; at += 1) {
    const last = at + 1 === inFileOrder.length;
    if (!last && startOf(at + 1) - endOf(at) <= GAP_BYTES && endOf(at + 1) - startOf(first) <= READ_BYTES) continue;
    yield { positions: inFileOrder.subarray(first, at + 1), startBytes: startOf(first), endBytes: endOf(at) };
    first = at + 1;
  }
}

/** The largest source number and depth in a key. Sources and depths beyond it sort as equal. */
const MAX_GROUP = 2 ** 20 - 1;
const DISCOVERED = 2 ** 20;
const LINES_PER_GROUP = 2 ** 32;
const FIRST_CAPACITY = 1_024;

/**
 * The offsets of a log's rows, which can be sorted into input order. Takes 24 bytes a row. The sort key of a row is one number:
 *
 *     a seed:             number of its source × 2^32 + line
 *     a discovered URL:   (2^20 + depth) × 2^32                after every seed
 *
 * The sort is stable, so rows with the same key stay in completion order.
 */
class InputIndex {
  readonly #places = new Map<string, number>();
  #keys = new Float64Array(FIRST_CAPACITY);
  #offsets = new Float64Array(FIRST_CAPACITY);
  #lengths = new Uint32Array(FIRST_CAPACITY);
  #size = 0;

  /** `sources` are in input order. Sources that are not listed follow, in the order of their first rows. */
  constructor(sources: readonly string[]) {
    for (const source of sources) this.#place(source);
  }

  /** Adds the next row of the log. */
  add(outcome: Outcome, offsetBytes: number, lengthBytes: number): void {
    if (this.#size === this.#keys.length) this.#grow();
    this.#keys[this.#size] = this.#key(outcome);
    this.#offsets[this.#size] = offsetBytes;
    this.#lengths[this.#size] = lengthBytes;
    this.#size += 1;
  }

  /** The numbers of the rows (the first row of the log is 0), in input order. */
  sorted(): Uint32Array {
    const keys = this.#keys;
    const rows = new Uint32Array(this.#size).map((_, row) => row);
    return rows.sort((a, b) => (keys[a] ?? 0) - (keys[b] ?? 0));
  }

  offsetBytes(row: number): number {
    return this.#offsets[row] ?? 0;
  }

  lengthBytes(row: number): number {
    return this.#lengths[row] ?? 0;
  }

  #key({ depth, source, line = 0 }: Outcome): number {
    if (depth > 0) return (DISCOVERED + Math.min(depth, MAX_GROUP)) * LINES_PER_GROUP;
    const place = source === undefined ? 0 : this.#place(source);
    return Math.min(place, MAX_GROUP) * LINES_PER_GROUP + Math.min(line, LINES_PER_GROUP - 1);
  }

  #place(source: string): number {
    const known = this.#places.get(source);
    if (known !== undefined) return known;
    this.#places.set(source, this.#places.size);
    return this.#places.size - 1;
  }

  #grow(): void {
    const capacity = this.#keys.length * 2;
    const grown = { keys: new Float64Array(capacity), offsets: new Float64Array(capacity), lengths: new Uint32Array(capacity) };
    grown.keys.set(this.#keys);
    grown.offsets.set(this.#offsets);
    grown.lengths.set(this.#lengths);
    this.#keys = grown.keys;
    this.#offsets = grown.offsets;
    this.#lengths = grown.lengths;
  }
}

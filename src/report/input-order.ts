import type { FileHandle } from 'node:fs/promises';
import type { Outcome } from '../model/outcome.ts';
import { openLogAtRandom } from '../util/log-file.ts';
import { type LogLine, readLogLines, unreadable } from './log-lines.ts';
import { parseOutcome } from './read-outcomes.ts';

/** Lines read back and held at a time. The more, the longer the stretches of the log that one read can take. */
const BATCH_BYTES = 8 * 1_024 * 1_024;
/** Reading over a gap of this size costs less than another read. */
const GAP_BYTES = 4 * 1_024;
const READ_BYTES = 1_024 * 1_024;

/**
 * Streams the lines of an outcome log in the order of the input: by source, then by line; discovered URLs after all seeds, by depth.
 *
 * The log is in completion order, so this takes two passes: one builds an index of 24 bytes a row, one reads the rows back where they stand, some
 * megabytes at a time with neighbours in one read. (Holding a million parsed outcomes and sorting them takes over a gigabyte.)
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
    for (const rows of batches(index)) yield await readRows(log.handle, index, rows);
  } finally {
    await log.close();
  }
}

/** The rows in input order, cut where their lines come to `BATCH_BYTES`. */
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

/** The lines of these rows, in the order of `rows`. */
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

/** Neighbouring rows, to be read together. */
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

/** More sources and deeper pages than this share the last place. */
const MAX_GROUP = 2 ** 20 - 1;
const DISCOVERED = 2 ** 20;
const LINES_PER_GROUP = 2 ** 32;
const FIRST_CAPACITY = 1_024;

/**
 * Where the rows of a log stand, sorted by where their URLs stood in the input, in 24 bytes a row. A row's place is one number:
 *
 *     a seed:             source's place × 2^32 + line
 *     a discovered URL:   (2^20 + depth) × 2^32           behind every seed
 *
 * Rows with the same place stay in completion order, as the sort is stable.
 */
class InputIndex {
  readonly #places = new Map<string, number>();
  #keys = new Float64Array(FIRST_CAPACITY);
  #offsets = new Float64Array(FIRST_CAPACITY);
  #lengths = new Uint32Array(FIRST_CAPACITY);
  #size = 0;

  /** `sources` are in input order; sources that are not named there follow in order of their first row. */
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

  /** Numbers of the rows, from 0, in input order. */
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

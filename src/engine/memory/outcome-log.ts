import { RunClaimedError } from '../../model/errors.ts';
import type { OutcomeLine } from '../../model/lines/outcome-line.ts';
import type { RunId } from '../../model/run-id.ts';
import { CLAIM_MS, type Collector, type Cursor, type OutcomeBatch } from '../collecting.ts';
import { ByteQueue } from './byte-queue.ts';

/** Limits of one batch, in outcomes and in UTF-16 code units. Outcomes with results of a map can be long. */
const READ_OUTCOMES = 1_000;
const READ_CHARS = 4 * 1_024 * 1_024;
/** Limit of unreleased outcomes in UTF-16 code units. Rows with many links or with results of a map are long. */
const MAX_CHARS = 64 * 1_024 * 1_024;

/** Outcomes that were read but not released, as they are packed: `lines` of them from position `from`, in the bytes from `at` on. */
interface Packed {
  from: number;
  lines: number;
  chars: number;
  at: number;
  bytes: number;
}

/**
 * The unreleased outcomes of a run, in the order of settling, and its collector.
 *
 *     append ──► unread ──read──► packed ──release──►
 *
 * Outcomes wait some seconds for their release, and are hardly ever read a second time. As text on the heap they would survive V8's young generation, be moved
 * twice and fill the old generation: 4 MB a second, for 10,000 URLs. So they are packed when they are read.
 */
export class OutcomeLog {
  readonly #run: RunId;
  readonly #mostUnreleased: number;
  #unread: OutcomeLine[] = [];
  readonly #packed: Packed[] = [];
  readonly #bytes = new ByteQueue();
  /** The number of released outcomes, and of outcomes that were read, which is the position of `#unread[0]`. */
  #released = 0;
  #read = 0;
  #chars = 0;
  /** The last collector that claimed the run. */
  #collector: (Collector & { untilMs: number }) | undefined;

  constructor(run: RunId, mostUnreleased: number) {
    this.#run = run;
    this.#mostUnreleased = mostUnreleased;
  }

  get unreleased(): number {
    return this.#read - this.#released + this.#unread.length;
  }

  /** True if no more should be added, because too much is not released. */
  get isFull(): boolean {
    return this.unreleased >= this.#mostUnreleased || this.#chars >= MAX_CHARS;
  }

  append(line: OutcomeLine): void {
    this.#unread.push(line);
    this.#chars += line.length;
  }

  /** Up to 1,000 outcomes after the cursor. Undefined if there are none yet. */
  read(from: Cursor): OutcomeBatch | undefined {
    const start = position(from);
    if (start < this.#released)
      throw new RangeError(`outcomes of run ${this.#run} before ${this.#released} were released; cursor ${from} is gone`);
    const lines = start < this.#read ? this.#readAgain(start) : this.#readFrom(start);
    if (lines.length === 0) return undefined;
    const end = start + lines.length;
    return { cursor: String(end), lines, total: end };
  }

  #readAgain(start: number): OutcomeLine[] {
    const { from, at, bytes } = this.#packed.findLast((packed) => packed.from <= start) as Packed;
    return this.#bytes
      .read(at, bytes)
      .toString()
      .split('\n')
      .slice(start - from);
  }

  #readFrom(start: number): OutcomeLine[] {
    let lines = this.#readNext();
    while (lines.length > 0 && this.#read <= start) lines = this.#readNext();
    return lines.slice(start - this.#read);
  }

  /** Packs the next unread outcomes and returns them. */
  #readNext(): OutcomeLine[] {
    const lines = this.#readable();
    if (lines.length === 0) return lines;
    this.#unread = this.#unread.slice(lines.length);
    const text = lines.join('\n');
    const bytes = Buffer.from(text);
    const at = this.#bytes.append(bytes);
    this.#packed.push({ from: this.#read, lines: lines.length, chars: text.length - lines.length + 1, at, bytes: bytes.length });
    this.#read += lines.length;
    return lines;
  }

  #readable(): OutcomeLine[] {
    const lines = this.#unread.slice(0, READ_OUTCOMES);
    let chars = 0;
    const end = lines.findIndex((line) => {
      chars += line.length;
      return chars > READ_CHARS;
    });
    return end === -1 ? lines : lines.slice(0, end + 1);
  }

  claim(collector: Collector, as: 'fresh' | 'renew', nowMs: number): 'first' | 'again' {
    const holder = this.#collector;
    if (holder !== undefined && holder.folder !== collector.folder) {
      throw new RunClaimedError(`the log of run ${this.#run} is in another folder (${holder.folder})`, 'elsewhere');
    }
    if (holder !== undefined && holder.id !== collector.id && holder.untilMs > nowMs) {
      throw new RunClaimedError(`run ${this.#run} is being collected by ${holder.id}`);
    }
    if (as === 'renew' && holder?.id !== collector.id) {
      throw new RunClaimedError(`run ${this.#run} was collected by ${holder?.id ?? 'nobody'} after the claim of ${collector.id} expired`);
    }
    this.#collector = { ...collector, untilMs: nowMs + CLAIM_MS };
    return holder === undefined ? 'first' : 'again';
  }

  /** The id of the collector that has the claim now. */
  holder(nowMs: number): string | undefined {
    return this.#collector !== undefined && this.#collector.untilMs > nowMs ? this.#collector.id : undefined;
  }

  /** Throws RunClaimedError if another collector has the run now. */
  isFreeFor(id: string, nowMs: number): boolean {
    return this.#collector === undefined || this.#collector.id === id || this.#collector.untilMs <= nowMs;
  }

  leave(collector: Collector): void {
    if (this.#collector?.id === collector.id) this.#collector.untilMs = 0;
  }

  release(upTo: Cursor, collector: Collector): void {
    if (this.#collector?.id !== collector.id) throw new RunClaimedError(`run ${this.#run} is no longer collected by ${collector.id}`);
    const released = Math.min(position(upTo), this.#read);
    if (released <= this.#released) return;
    this.#released = released;
    for (let oldest = this.#packed[0]; oldest !== undefined && oldest.from + oldest.lines <= released; oldest = this.#packed[0]) {
      this.#packed.shift();
      this.#chars -= oldest.chars;
      this.#bytes.dropBefore(oldest.at + oldest.bytes);
    }
  }
}

function position(cursor: Cursor): number {
  return cursor === '' ? 0 : Number(cursor);
}

import { RunClaimedError } from '../../model/errors.ts';
import type { OutcomeLine } from '../../model/lines/outcome-line.ts';
import type { RunId } from '../../model/run-id.ts';
import { CLAIM_MS, type Collector, type Cursor, type OutcomeBatch } from '../collecting.ts';

/** Limits of one batch, in outcomes and in UTF-16 code units. Outcomes with results of a map can be long. */
const READ_OUTCOMES = 1_000;
const READ_CHARS = 4 * 1_024 * 1_024;
/** Limit of unreleased outcomes in UTF-16 code units. Rows with many links or with results of a map are long. */
const MAX_CHARS = 64 * 1_024 * 1_024;

/** The unreleased outcomes of a run, in the order of settling, and its collector. */
export class OutcomeLog {
  readonly #run: RunId;
  readonly #mostUnreleased: number;
  #lines: OutcomeLine[] = [];
  /** The number of released outcomes, which is the position of `#lines[0]`. */
  #released = 0;
  #chars = 0;
  /** The last collector that claimed the run. */
  #collector: (Collector & { untilMs: number }) | undefined;

  constructor(run: RunId, mostUnreleased: number) {
    this.#run = run;
    this.#mostUnreleased = mostUnreleased;
  }

  get unreleased(): number {
    return this.#lines.length;
  }

  /** True if no more should be added, because too much is not released. */
  get isFull(): boolean {
    return this.#lines.length >= this.#mostUnreleased || this.#chars >= MAX_CHARS;
  }

  append(line: OutcomeLine): void {
    this.#lines.push(line);
    this.#chars += line.length;
  }

  /** Up to 1,000 outcomes after the cursor. Undefined if there are none yet. */
  read(from: Cursor): OutcomeBatch | undefined {
    const start = position(from) - this.#released;
    if (start < 0) throw new RangeError(`outcomes of run ${this.#run} before ${this.#released} were released; cursor ${from} is gone`);
    const lines = this.#readable(start);
    if (lines.length === 0) return undefined;
    const end = this.#released + start + lines.length;
    return { cursor: String(end), lines, total: end };
  }

  #readable(start: number): OutcomeLine[] {
    const lines = this.#lines.slice(start, start + READ_OUTCOMES);
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
    const count = position(upTo) - this.#released;
    if (count <= 0) return;
    for (let index = 0; index < count; index++) this.#chars -= this.#lines[index]?.length ?? 0;
    this.#lines = this.#lines.slice(count);
    this.#released += count;
  }
}

function position(cursor: Cursor): number {
  return cursor === '' ? 0 : Number(cursor);
}

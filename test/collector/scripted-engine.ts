import type { Collector, Cursor, OutcomeBatch } from '../../src/engine/collecting.ts';
import type { Engine } from '../../src/engine/engine.ts';
import type { Backlog, EngineFacts } from '../../src/engine/facts.ts';
import type { RunCounts } from '../../src/engine/run-counts.ts';
import { ConflictError } from '../../src/model/errors.ts';
import type { Outcome } from '../../src/model/outcome.ts';
import type { RunOptions } from '../../src/model/run-options.ts';
import { type Verdict, verdictClass } from '../../src/model/verdict.ts';
import { defaultRunOptions } from '../../src/options/load-config.ts';

export const RUN = '20260102-030405-abcdef';

export const OPTIONS: RunOptions = { ...defaultRunOptions(), userAgent: 'test' };

const VERDICTS: readonly Verdict[] = ['ok', 'ok', 'broken', 'ok', 'robots', 'timeout'];

/** The outcome with this index: always the same one; lengths vary, and not all are ASCII. */
export function outcomeAt(index: number): Outcome {
  const verdict = VERDICTS[index % VERDICTS.length] as Verdict;
  return {
    schema: 1,
    run: RUN,
    url: `http://example.com/${'ü'.repeat(index % 7)}${index}`,
    line: index + 1,
    method: 'GET',
    verdict,
    ok: verdict === 'ok',
    attempts: 1,
    depth: 0,
    finishedAt: '2026-01-02T03:04:05.000Z',
  };
}

/** The log of an undisturbed collector. */
export function logText(rows: number): string {
  return Array.from({ length: rows }, (_, index) => `${JSON.stringify(outcomeAt(index))}\n`).join('');
}

export interface Script {
  /** Total number of outcomes. */
  rows: number;
  /** Number of outcomes so far; `rows` by default. The run has ended when this equals `rows`. */
  settled?: number;
  /** Maximum number of outcomes in a batch. */
  batchRows?: number;
  /** Number of outcomes that an earlier process released. */
  released?: number;
  duplicates?: number;
  beforeClaim?: (collector: Collector) => void;
  /** Called before each batch is yielded. */
  beforeBatch?: (position: number) => void | Promise<void>;
  beforeRelease?: (upTo: number) => void | Promise<void>;
}

/** The part of an engine that a collector uses: a growing list of outcomes. It fails if released outcomes are read. */
export class ScriptedEngine implements Engine {
  readonly script: Script;
  settled: number;
  released: number;
  /** How often the claim was released. */
  left = 0;
  claims = 0;
  #changed: (() => void)[] = [];

  constructor(script: Script) {
    this.script = script;
    this.settled = script.settled ?? script.rows;
    this.released = script.released ?? 0;
  }

  settle(upTo: number): void {
    this.settled = upTo;
    for (const tell of this.#changed.splice(0)) tell();
  }

  async claim(_run: string, collector: Collector): Promise<'first' | 'again'> {
    this.script.beforeClaim?.(collector);
    this.claims++;
    return 'first';
  }

  async *outcomes(_run: string, from: Cursor, signal: AbortSignal): AsyncIterable<OutcomeBatch> {
    let position = Number(from || 0);
    if (position < this.released) throw new ConflictError(`outcomes from ${position} on are asked for, but ${this.released} were released`);
    const onAbort = () => this.settle(this.settled);
    signal.addEventListener('abort', onAbort);
    while (!signal.aborted && position < this.script.rows) {
      if (position === this.settled) {
        await new Promise<void>((resolve) => this.#changed.push(resolve));
        continue;
      }
      await this.script.beforeBatch?.(position);
      const end = Math.min(this.settled, position + 1 + Math.floor(Math.random() * (this.script.batchRows ?? 100)));
      const lines = Array.from({ length: end - position }, (_, index) => JSON.stringify(outcomeAt(position + index)));
      position = end;
      yield { cursor: String(position), lines, total: position };
    }
    signal.removeEventListener('abort', onAbort);
  }

  async confirm(): Promise<void> {}

  async leastMs(): Promise<number> {
    return 0;
  }

  async throttled(): Promise<never[]> {
    return [];
  }

  async pause(): Promise<void> {}
  async resume(): Promise<void> {}
  async cancel(): Promise<void> {}
  async remove(): Promise<void> {}

  async leave(): Promise<void> {
    this.left++;
  }

  async workers(): Promise<number> {
    return 0;
  }

  async backlog(): Promise<Backlog> {
    return { readyOrigins: 0, queuedBatches: 0 };
  }

  async facts(): Promise<EngineFacts> {
    return { workers: [], collectors: [] };
  }

  async waitingOrigins(): Promise<never[]> {
    return [];
  }

  async collectors(): Promise<never[]> {
    return [];
  }

  async newestRuns(): Promise<{ total: number; newest: string[] }> {
    return { total: 0, newest: [] };
  }

  async release(_run: string, upTo: Cursor): Promise<void> {
    await this.script.beforeRelease?.(Number(upTo));
    this.released = Math.max(this.released, Number(upTo));
  }

  async counts(): Promise<RunCounts> {
    const classes = { ok: 0, failed: 0, skipped: 0 };
    for (let index = 0; index < this.settled; index++) classes[verdictClass(outcomeAt(index).verdict)]++;
    const { rows, duplicates = 0 } = this.script;
    return {
      leftOut: {},
      state: 'open',
      submitted: rows + duplicates,
      duplicates,
      accepted: rows,
      discovered: 0,
      settled: this.settled,
      ...classes,
      retries: 0,
      inFlight: 0,
      unreleased: this.settled - this.released,
      batches: 1,
      sealedAt: 1,
      ended: this.settled === rows,
    };
  }

  async options(): Promise<RunOptions> {
    return OPTIONS;
  }

  async *ticks(): AsyncGenerator<void> {}
  async deadTicks(): Promise<string[]> {
    return [];
  }
  async removeTicks(): Promise<void> {}

  async runs(): Promise<string[]> {
    return [RUN];
  }

  async uncollected(): Promise<string[]> {
    return [RUN];
  }

  async attend(): Promise<number> {
    return 1;
  }

  async openRun(): Promise<string> {
    return RUN;
  }

  async restore(): Promise<void> {}
  async submit(): Promise<void> {}
  async seal(): Promise<void> {}
  async work(): Promise<void> {}
  async close(): Promise<void> {}
}

import type { RunId } from '../../core/run-id.ts';
import type { WorkLimits } from '../engine.ts';
import type { MemoryRun } from './memory-run.ts';

/** A run that was declined is offered again after so long. */
const DECLINED_MS = 1_000;

/** The runs that one worker takes visits of. It is asked when it first meets a run, and while it declines again and again. */
export class AcceptedRuns {
  readonly #accepts: WorkLimits['accepts'];
  readonly #nowMs: () => number;
  readonly #onAnswer: (accepted: boolean) => void;
  /** From when on a run may be visited; Infinity while the worker has not answered. */
  readonly #fromMs = new Map<RunId, number>();
  readonly #declined = new Set<RunId>();

  constructor(accepts: WorkLimits['accepts'], nowMs: () => number, onAnswer: (accepted: boolean) => void) {
    this.#accepts = accepts;
    this.#nowMs = nowMs;
    this.#onAnswer = onAnswer;
  }

  /** When the worker may visit the run, by the engine's clock: the past if it may now, Infinity until it has answered. */
  fromMs(run: MemoryRun): number {
    if (this.#accepts === undefined) return 0;
    const fromMs = this.#fromMs.get(run.id);
    if (fromMs === undefined || (this.#declined.has(run.id) && fromMs <= this.#nowMs())) void this.#ask(run, this.#accepts);
    return this.#fromMs.get(run.id) ?? 0;
  }

  async #ask({ id, options }: MemoryRun, accepts: NonNullable<WorkLimits['accepts']>): Promise<void> {
    this.#fromMs.set(id, Number.POSITIVE_INFINITY);
    const accepted = await accepts(id, options);
    if (accepted) this.#declined.delete(id);
    else this.#declined.add(id);
    this.#fromMs.set(id, accepted ? 0 : this.#nowMs() + DECLINED_MS);
    this.#onAnswer(accepted);
  }
}

import type { RunId } from '../../model/run-id.ts';
import type { WorkLimits } from '../visit.ts';
import type { MemoryRun } from './memory-run.ts';

/** A run that was declined is offered again, and one that was accepted is asked about again, after so long. */
const ASK_AGAIN_MS = 1_000;

interface Answer {
  accepted: boolean;
  /** From when on the run may be visited; Infinity while a worker that declined it, or was never asked, has not answered. */
  fromMs: number;
  askAgainMs: number;
}

/** The runs that one worker takes visits of. It is asked when it first meets a run, and then about once a second: what it can do changes. */
export class AcceptedRuns {
  readonly #accepts: WorkLimits['accepts'];
  readonly #nowMs: () => number;
  readonly #onAnswer: (accepted: boolean) => void;
  readonly #answers = new Map<RunId, Answer>();

  /** @param onAnswer not called when a run is accepted as before */
  constructor(accepts: WorkLimits['accepts'], nowMs: () => number, onAnswer: (accepted: boolean) => void) {
    this.#accepts = accepts;
    this.#nowMs = nowMs;
    this.#onAnswer = onAnswer;
  }

  /** When the worker may visit the run, by the engine's clock: the past if it may now, Infinity until it has answered. */
  fromMs(run: MemoryRun): number {
    if (this.#accepts === undefined) return 0;
    const known = this.#answers.get(run.id);
    if (known !== undefined && known.askAgainMs > this.#nowMs()) return known.fromMs;
    const answer = {
      accepted: false,
      ...known,
      fromMs: known?.accepted ? 0 : Number.POSITIVE_INFINITY,
      askAgainMs: Number.POSITIVE_INFINITY,
    };
    this.#answers.set(run.id, answer);
    void this.#ask(run, this.#accepts, answer);
    return answer.fromMs;
  }

  async #ask({ id, options }: MemoryRun, accepts: NonNullable<WorkLimits['accepts']>, answer: Answer): Promise<void> {
    const wasAccepted = answer.accepted;
    answer.accepted = await accepts(id, options);
    answer.askAgainMs = this.#nowMs() + ASK_AGAIN_MS;
    answer.fromMs = answer.accepted ? 0 : answer.askAgainMs;
    if (!answer.accepted || !wasAccepted) this.#onAnswer(answer.accepted);
  }
}

import type { RunId } from '../../model/run-id.ts';
import type { WorkLimits } from '../visit.ts';
import type { MemoryRun } from './memory-run.ts';

/** After this long, a worker is asked about a run again. */
const ASK_AGAIN_MS = 1_000;

interface Answer {
  accepted: boolean;
  /** The run may be visited from then on. Infinity until the worker answers, if it declined before or was never asked. */
  fromMs: number;
  askAgainMs: number;
}

/**
 * The runs for which one worker takes visits. It is asked when it first meets a run, and then about once a second,
 * because its answer can change.
 */
export class AcceptedRuns {
  readonly #accepts: WorkLimits['accepts'];
  readonly #nowMs: () => number;
  readonly #onAnswer: (accepted: boolean) => void;
  readonly #answers = new Map<RunId, Answer>();

  /** @param onAnswer not called if the answer is yes again */
  constructor(accepts: WorkLimits['accepts'], nowMs: () => number, onAnswer: (accepted: boolean) => void) {
    this.#accepts = accepts;
    this.#nowMs = nowMs;
    this.#onAnswer = onAnswer;
  }

  /** When the worker may visit the run, by the engine's clock. In the past if it may now, Infinity until it has answered. */
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

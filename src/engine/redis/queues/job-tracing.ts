import type { Telemetry } from 'bullmq';
import type { RunId } from '../../../model/run-id.ts';
import { currentTracer } from '../../../model/tracing.ts';
import type { Frontier } from '../frontier/frontier.ts';

/** The options of a queue or a worker whose jobs are traced; none if this process does not trace. */
export function jobTracing(): { telemetry?: Telemetry } {
  const tracer = currentTracer();
  return tracer === undefined ? {} : { telemetry: tracer.jobs as Telemetry };
}

/** Traces of at most this many runs are kept. Beyond it, all are read again. */
const MAX_RUNS = 1_000;

/**
 * The traces of runs. BullMQ puts a job below the span in which it is queued. For a ticket that would be the span of the
 * visit before it, so each visit of a long run would be one level deeper than the last. Therefore jobs that workers queue
 * are put directly below the span that began the run (docs/decisions/0053).
 */
export class RunTraces {
  readonly #frontier: Pick<Frontier, 'findOptions'>;
  readonly #traceparents = new Map<RunId, string | undefined>();

  constructor(frontier: Pick<Frontier, 'findOptions'>) {
    this.#frontier = frontier;
  }

  /** Does the work. The jobs that it queues are put below the span that began the run. */
  async within<T>(run: RunId, work: () => Promise<T>): Promise<T> {
    const tracer = currentTracer();
    if (tracer === undefined) return work();
    return tracer.within(await this.#traceparentOf(run), work);
  }

  async #traceparentOf(run: RunId): Promise<string | undefined> {
    if (this.#traceparents.has(run)) return this.#traceparents.get(run);
    const options = await this.#frontier.findOptions(run);
    // A run that Redis does not know is not kept here, because its next batch may bring it back with a trace.
    if (options === undefined) return undefined;
    if (this.#traceparents.size >= MAX_RUNS) this.#traceparents.clear();
    this.#traceparents.set(run, options.traceparent);
    return options.traceparent;
  }
}

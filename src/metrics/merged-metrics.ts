import { AggregatorRegistry, type Registry } from 'prom-client';

/** Metrics in the JSON form of prom-client, which it can merge. */
export type WrittenMetrics = ReadonlyArray<{ readonly type: string; readonly name: string }>;

/** The metrics of child processes. The counts of a child are kept after it ends, because a counter must not decrease. */
export class ChildMetrics {
  readonly #latest = new Map<object, WrittenMetrics>();
  #ended: readonly WrittenMetrics[] = [];

  /** Takes the present counts of a child. */
  take(child: object, metrics: WrittenMetrics): void {
    this.#latest.set(child, metrics);
  }

  /** Call it when a child has ended. May be called again. */
  ended(child: object): void {
    const last = this.#latest.get(child);
    if (last === undefined) return;
    this.#latest.delete(child);
    this.#ended = [...this.#ended, last.filter(({ type }) => type !== 'gauge')];
  }

  /** The metrics of all children merged with `own`, as text. */
  async mergedWith(own: WrittenMetrics): Promise<string> {
    const ended = this.#ended;
    const text = await merge([own, ...ended, ...this.#latest.values()]).metrics();
    if (ended.length > 1) {
      const one = (await merge(ended).getMetricsAsJSON()) as unknown as WrittenMetrics;
      if (this.#ended === ended) this.#ended = [one];
    }
    return text;
  }
}

function merge(metrics: readonly WrittenMetrics[]): Registry {
  return AggregatorRegistry.aggregate(metrics as object[]);
}

import { AggregatorRegistry, type Registry } from 'prom-client';

/** Metrics as prom-client writes and merges them. */
export type WrittenMetrics = ReadonlyArray<{ readonly type: string; readonly name: string }>;

/** The metrics of child processes. What a child counted stays counted when it ends: a counter must not fall. */
export class ChildMetrics {
  readonly #latest = new Map<object, WrittenMetrics>();
  #ended: readonly WrittenMetrics[] = [];

  /** What a child has counted so far. */
  take(child: object, metrics: WrittenMetrics): void {
    this.#latest.set(child, metrics);
  }

  /** May be repeated. */
  ended(child: object): void {
    const last = this.#latest.get(child);
    if (last === undefined) return;
    this.#latest.delete(child);
    this.#ended = [...this.#ended, last.filter(({ type }) => type !== 'gauge')];
  }

  /** With `own`, as one. */
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

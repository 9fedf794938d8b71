/** So many origins are kept, and twice as many as have a pause, before those whose pause is over are let go. */
const SWEEP_AT = 1_000;

/**
 * Origins that asked this process for a pause. The frontier knows them too, and keeps everybody from checking them out; this is for entries that other visits of this process
 * have checked out already.
 */
export class AskedPauses {
  readonly #untilMs = new Map<string, number>();
  #sweepAt = SWEEP_AT;

  /** No request to the origin starts for so long. */
  add(origin: string, holdMs: number): void {
    const nowMs = performance.now();
    if (this.#untilMs.size >= this.#sweepAt) {
      for (const [other, untilMs] of this.#untilMs) if (untilMs <= nowMs) this.#untilMs.delete(other);
      this.#sweepAt = Math.max(SWEEP_AT, 2 * this.#untilMs.size);
    }
    this.#untilMs.set(origin, Math.max(this.#untilMs.get(origin) ?? 0, nowMs + holdMs));
  }

  has(origin: string): boolean {
    if (this.#untilMs.size === 0) return false;
    const untilMs = this.#untilMs.get(origin);
    return untilMs !== undefined && untilMs > performance.now();
  }
}

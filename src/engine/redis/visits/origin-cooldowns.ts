/** Sweep origins whose pause is over at max(1,000, 2 × active). */
const SWEEP_AT = 1_000;

/**
 * Origins that asked this process for a pause. The frontier knows them too, and does not let anyone check them out. This class
 * is for entries that other visits of this process have already checked out.
 */
export class OriginCooldowns {
  readonly #untilMs = new Map<string, number>();
  #sweepAt = SWEEP_AT;

  /** Starts no request to the origin for this long. */
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

/** Most origins that are kept before those whose pause is over are let go. */
const SWEEP_AT = 1_000;

/**
 * Origins that asked this process for a pause. The frontier knows them too, and keeps everybody from checking them out; this is for entries that other visits of this process
 * have checked out already.
 */
export class AskedPauses {
  readonly #untilMs = new Map<string, number>();

  /** No request to the origin starts for so long. */
  add(origin: string, holdMs: number): void {
    const nowMs = performance.now();
    if (this.#untilMs.size >= SWEEP_AT) {
      for (const [other, untilMs] of this.#untilMs) if (untilMs <= nowMs) this.#untilMs.delete(other);
    }
    this.#untilMs.set(origin, Math.max(this.#untilMs.get(origin) ?? 0, nowMs + holdMs));
  }

  has(origin: string): boolean {
    if (this.#untilMs.size === 0) return false;
    const untilMs = this.#untilMs.get(origin);
    return untilMs !== undefined && untilMs > performance.now();
  }
}

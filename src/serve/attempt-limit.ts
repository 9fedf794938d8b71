/** Wrong tokens that an address may send at once. */
const MAX_ATTEMPTS = 20;
/** After that, it may send one more in each such time. */
const REFILL_MS = 3_000;
/** Addresses that are remembered. If there are more, the one that failed longest ago is forgotten. */
const MAX_ADDRESSES = 10_000;

/** Limits wrong tokens by address. Tokens have at least 16 characters, so a random one cannot be guessed; the limit protects a weak one. */
export class AttemptLimit {
  readonly #nowMs: () => number;
  /** For each address, the time at which its last failure is forgiven. */
  readonly #forgivenMs = new Map<string, number>();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Seconds until the address may try again; 0 if it may try now. */
  waitSeconds(address: string): number {
    const aheadMs = (this.#forgivenMs.get(address) ?? 0) - this.#nowMs();
    return Math.max(0, Math.ceil((aheadMs - (MAX_ATTEMPTS - 1) * REFILL_MS) / 1_000));
  }

  failed(address: string): void {
    const forgivenMs = Math.max(this.#nowMs(), this.#forgivenMs.get(address) ?? 0) + REFILL_MS;
    this.#forgivenMs.delete(address);
    this.#forgivenMs.set(address, forgivenMs);
    const [oldest] = this.#forgivenMs.keys();
    if (this.#forgivenMs.size > MAX_ADDRESSES && oldest !== undefined) this.#forgivenMs.delete(oldest);
  }
}

import type { LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import type { Clock } from '../../util/clock.ts';
import { assertPublic } from './private-reach.ts';

/**
 * Resolves a host name to all its addresses. Fails with `ENOTFOUND` if it has none, and with another code if that is
 * not known.
 *
 * @param answer `ttlMs` is how long the addresses are valid, if the resolver knows
 */
export type ResolveHost = (
  hostname: string,
  answer: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[], ttlMs?: number) => void,
) => void;

/**
 * How long an answer is cached if the resolver gives no TTL, and how long the answer that there is no address is
 * cached, in milliseconds.
 */
const KEEP_ANSWER_MS = 5_000;
/**
 * Limits for the TTL of the resolver: connections that are opened at the same time share an answer, and a long run
 * notices changes.
 */
const MIN_KEPT_MS = 1_000;
const MAX_KEPT_MS = 300_000;
/** How long any other failure is cached, in milliseconds: shorter than the pause before a retry. */
const KEEP_FAILURE_MS = 200;
/** Most cached answers, of about 300 bytes each. */
const MAX_ANSWERS = 20_000;
const NO_SUCH_NAME = 'ENOTFOUND';

interface Answer {
  error: NodeJS.ErrnoException | null;
  addresses: LookupAddress[];
  untilMs: number;
}

type Waiting = (answer: Answer) => void;

/** A cache of DNS answers. Concurrent lookups of one host share a query: ten connections to one host query it once. */
export class DnsCache {
  readonly #resolve: ResolveHost;
  readonly #clock: Clock;
  /** In the order of their arrival. */
  readonly #answers = new Map<string, Answer>();
  readonly #waiting = new Map<string, Waiting[]>();

  constructor(resolve: ResolveHost, clock: Clock) {
    this.#resolve = resolve;
    this.#clock = clock;
  }

  /**
   * Returns a `lookup` function for sockets.
   *
   * A guarded one fails with PrivateAddressError if any address is private: the name of an attacker may have a public
   * and a private address, and which one a socket uses would be random. The socket connects to the addresses that were
   * checked, because it does not resolve the name again.
   */
  lookup(guarded: boolean): LookupFunction {
    return (hostname, options, callback) => {
      this.#answer(hostname, ({ error, addresses }) => {
        const family = options.family === 4 || options.family === 6 ? options.family : 0;
        const usable = family === 0 ? addresses : addresses.filter((address) => address.family === family);
        const failure = error ?? (usable.length === 0 ? noAddress(hostname) : guarded ? privateAddress(usable, hostname) : null);
        const [first] = usable;
        if (failure !== null || first === undefined) callback(failure, []);
        else if (options.all) callback(null, usable);
        else callback(null, first.address, first.family);
      });
    };
  }

  #answer(hostname: string, then: Waiting): void {
    const nowMs = this.#clock.monotonicMs();
    const kept = this.#answers.get(hostname);
    if (kept !== undefined && nowMs < kept.untilMs) {
      // A socket does not expect the answer before its `connect` call has returned.
      queueMicrotask(() => then(kept));
      return;
    }
    const waiting = this.#waiting.get(hostname);
    if (waiting !== undefined) {
      waiting.push(then);
      return;
    }
    this.#waiting.set(hostname, [then]);
    this.#resolve(hostname, (error, addresses, ttlMs = KEEP_ANSWER_MS) => {
      const keptMs = error === null ? Math.min(MAX_KEPT_MS, Math.max(MIN_KEPT_MS, ttlMs)) : failureKeptMs(error);
      this.#settle(hostname, { error, addresses, untilMs: this.#clock.monotonicMs() + keptMs });
    });
  }

  #settle(hostname: string, answer: Answer): void {
    const waiting = this.#waiting.get(hostname) ?? [];
    this.#waiting.delete(hostname);
    this.#answers.delete(hostname);
    this.#answers.set(hostname, answer);
    this.#dropExpired();
    for (const then of waiting) then(answer);
  }

  /** Answers expire at different times, so an expired answer may remain behind a valid one until there are too many. */
  #dropExpired(): void {
    const nowMs = this.#clock.monotonicMs();
    for (const [hostname, { untilMs }] of this.#answers) {
      if (untilMs > nowMs && this.#answers.size <= MAX_ANSWERS) return;
      this.#answers.delete(hostname);
    }
  }
}

function failureKeptMs({ code }: NodeJS.ErrnoException): number {
  return code === NO_SUCH_NAME ? KEEP_ANSWER_MS : KEEP_FAILURE_MS;
}

function privateAddress(addresses: readonly LookupAddress[], hostname: string): Error | null {
  try {
    for (const { address } of addresses) assertPublic(address, hostname);
    return null;
  } catch (error) {
    return error as Error;
  }
}

function noAddress(hostname: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`no address for ${hostname}`), { code: NO_SUCH_NAME });
}

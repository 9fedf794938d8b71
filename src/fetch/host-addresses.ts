import type { LookupAddress } from 'node:dns';
import dns from 'node:dns';
import { closeSync, openSync } from 'node:fs';
import type { LookupFunction } from 'node:net';
import { devNull } from 'node:os';
import type { Clock } from '../core/clock.ts';
import { shortageCode } from '../core/shortage.ts';
import { assertPublic } from './private-reach.ts';

/** Answers a name with all its addresses, or fails with one of getaddrinfo's codes. */
export type ResolveHost = (hostname: string, answer: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void) => void;

/** How long an answer, or the answer that there is none, is used again. */
const KEEP_ANSWER_MS = 5_000;
const NO_SUCH_NAME = 'ENOTFOUND';

/** The system's resolver: honours /etc/hosts and nsswitch, and keeps the order that it answers in. */
export const systemResolver: ResolveHost = (hostname, answer) =>
  dns.lookup(hostname, { all: true, verbatim: true }, (error, addresses) => answer(error && (hiddenShortage(error) ?? error), addresses));

/**
 * The shortage that a failed lookup hides. Without a descriptor getaddrinfo can neither read /etc/hosts nor ask a server, and says something else: EBUSY
 * (measured with glibc 2.36), EAI_AGAIN, or that there is no such name.
 */
function hiddenShortage({ code }: NodeJS.ErrnoException): Error | undefined {
  try {
    closeSync(openSync(devNull, 'r'));
  } catch (error) {
    if (shortageCode(error) !== undefined) return error as Error;
  }
  return code === 'EBUSY' ? Object.assign(new Error('getaddrinfo EBUSY'), { code: 'EMFILE' }) : undefined;
}

interface Answer {
  error: NodeJS.ErrnoException | null;
  addresses: LookupAddress[];
  untilMs: number;
}

type Waiting = (answer: Answer) => void;

/**
 * DNS answers, kept for a few seconds and shared: ten connections that open to one host at once ask for it once.
 * getaddrinfo occupies one of four threads of the whole process, so this matters more than the latency does.
 */
export class HostAddresses {
  readonly #resolve: ResolveHost;
  readonly #clock: Clock;
  /** In the order in which they lapse, for all are kept equally long. */
  readonly #answers = new Map<string, Answer>();
  readonly #waiting = new Map<string, Waiting[]>();

  constructor(resolve: ResolveHost, clock: Clock) {
    this.#resolve = resolve;
    this.#clock = clock;
  }

  /**
   * A `lookup` for sockets. A guarded one fails with PrivateAddressError if any answer is private: an attacker's name may answer with a public and a
   * private address, and which one a socket takes would be chance. The socket connects to what was checked, since it asks nobody else.
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
      // A socket does not expect the answer before it has returned from connecting.
      queueMicrotask(() => then(kept));
      return;
    }
    const waiting = this.#waiting.get(hostname);
    if (waiting !== undefined) {
      waiting.push(then);
      return;
    }
    this.#waiting.set(hostname, [then]);
    this.#resolve(hostname, (error, addresses) =>
      this.#settle(hostname, { error, addresses: addresses ?? [], untilMs: this.#clock.monotonicMs() + KEEP_ANSWER_MS }),
    );
  }

  #settle(hostname: string, answer: Answer): void {
    const waiting = this.#waiting.get(hostname) ?? [];
    this.#waiting.delete(hostname);
    this.#answers.delete(hostname);
    if (answer.error === null || answer.error.code === NO_SUCH_NAME) this.#answers.set(hostname, answer);
    this.#forgetLapsed();
    for (const then of waiting) then(answer);
  }

  #forgetLapsed(): void {
    const nowMs = this.#clock.monotonicMs();
    for (const [hostname, { untilMs }] of this.#answers) {
      if (untilMs > nowMs) return;
      this.#answers.delete(hostname);
    }
  }
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

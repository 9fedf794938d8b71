import { connect } from 'node:net';
import type { Log } from '../model/log.ts';
import { portOf } from '../model/url/canonical-url.ts';
import { maskUrls } from '../model/url/without-credentials.ts';
import { Conditions } from '../util/conditions.ts';

/** Time limit of the first connection. A receiver that is only slow does not count as away. */
const CONNECT_MS = 2_000;

/**
 * Knows whether the receiver of traces can be reached, and logs each change.
 *
 * The exporter reports a failure only after several tries, so this first opens a connection itself.
 */
export class Receiver {
  readonly #url: string;
  readonly #log: Log;
  readonly #conditions = new Conditions();
  #isAway = false;
  /** Resolves after the first connection was tried. */
  readonly looked: Promise<void>;

  constructor(url: string, log: Log) {
    this.#url = url;
    this.#log = log;
    this.looked = this.#look();
  }

  get isAway(): boolean {
    return this.#isAway;
  }

  #look(): Promise<void> {
    const url = new URL(this.#url);
    const socket = connect({ host: url.hostname.replace(/^\[|\]$/g, ''), port: portOf(url) });
    socket.unref();
    return new Promise((resolve) => {
      const end = (error?: Error) => {
        if (error !== undefined) this.failed(error);
        socket.destroy();
        resolve();
      };
      socket.setTimeout(CONNECT_MS, () => end());
      socket.once('connect', () => end());
      socket.on('error', end);
    });
  }

  /** Traces could not be sent. */
  failed({ message }: Error): void {
    this.#isAway = true;
    if (this.#conditions.isNews('away'))
      this.#log.warn(
        { event: 'traces-unsent' },
        `traces cannot be sent to ${this.#url}: ${maskUrls(message)}; the command continues without them`,
      );
  }

  /** Traces were sent. */
  succeeded(): void {
    this.#isAway = false;
    if (this.#conditions.end()) this.#log.info({ event: 'traces-sent-again' }, `traces are sent to ${this.#url} again`);
  }
}

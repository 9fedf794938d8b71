import type { Redis } from 'ioredis';
import { within } from '../../../util/within.ts';

/** A Redis that takes a connection and does not answer on it for so long is spoken of. */
const LATE_MS = 1_000;

export interface Silence {
  /** An open connection is tried so often, in milliseconds. */
  tryEveryMs: number;
  /** It is given up when nothing has come back for so long, in milliseconds. */
  givenUpMs: number;
}

/** Longer than any script of ours takes. */
const SILENCE: Silence = { tryEveryMs: 5_000, givenUpMs: 15_000 };

/** Says what a connection that is silent at its begin is waiting for. */
export function sayIfLate(redis: Redis, say: (message: string) => void): void {
  let late: NodeJS.Timeout | undefined;
  redis.on('connect', () => {
    late = setTimeout(say, LATE_MS, 'it does not answer yet, and is waited for: it is loading its data, or hangs');
  });
  for (const event of ['ready', 'close']) redis.on(event, () => clearTimeout(late));
}

/**
 * A connection that was cut without either side being told, as when the other machine dies, is noticed by TCP after a quarter of an hour. Here it is replaced after 15 to
 * 20 s, and what was under way is sent again. Connections that block have their watch in BullMQ.
 */
export function replaceIfSilent(redis: Redis, say: (message: string) => void, { tryEveryMs, givenUpMs } = SILENCE): void {
  let isTrying = false;
  const timer = setInterval(async () => {
    if (isTrying || redis.status !== 'ready') return;
    isTrying = true;
    const { stream } = redis;
    const answered = await within(givenUpMs, redis.ping());
    isTrying = false;
    if (answered || redis.stream !== stream || redis.status !== 'ready') return;
    say(`nothing came back for ${givenUpMs / 1_000} s: connecting anew`);
    redis.disconnect(true);
  }, tryEveryMs);
  timer.unref();
  redis.once('end', () => clearInterval(timer));
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { InFlight, type Watched } from '../../src/fetch/in-flight.ts';
import { systemClock } from '../../src/util/clock.ts';
import { until } from '../contracts/crew.ts';

/** Work that leaves the list when it is expired or aborted, as a fetch does. */
class Work implements Watched {
  watchedAt = -1;
  expiresAtMs = Number.POSITIVE_INFINITY;
  readonly signal: AbortSignal;
  readonly ends: string[] = [];
  readonly #list: InFlight;

  constructor(list: InFlight, signal = new AbortController().signal) {
    this.#list = list;
    this.signal = signal;
    list.add(this);
  }

  expire(): void {
    this.#end('expired');
  }

  abort(): void {
    this.#end('aborted');
  }

  leave(): void {
    this.#list.delete(this);
  }

  #end(how: string): void {
    this.ends.push(how);
    this.leave();
  }
}

test('ends exactly the work whose time is up or whose signal aborted, in whatever order other work leaves', async () => {
  const list = new InFlight(systemClock);
  const stop = new AbortController();
  const works = Array.from({ length: 12 }, (_, index) => new Work(list, index % 4 === 0 ? stop.signal : undefined));
  for (const index of [0, 11, 5, 10]) works[index]?.leave();
  stop.abort();
  for (const index of [1, 9]) (works[index] as Work).expiresAtMs = 0;
  const left = [
    undefined,
    'expired',
    undefined,
    undefined,
    'aborted',
    undefined,
    undefined,
    undefined,
    'aborted',
    'expired',
    undefined,
    undefined,
  ];
  const ends = () => works.map(({ ends: [end] }) => end);
  await until(() => works[1]?.ends.length === 1, 'the sweep');
  assert.deepEqual(ends(), left);
  list.abortAll();
  assert.deepEqual(
    ends(),
    left.map((end, index) => end ?? ([0, 11, 5, 10].includes(index) ? undefined : 'aborted')),
  );
  assert.ok(works.every((work) => work.ends.length <= 1));
});

test('finished work is freed by minor garbage collections', () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as (kind?: { type: 'minor' }) => void;
  const minor = () => collectGarbage({ type: 'minor' });
  const list = new InFlight(systemClock);
  const works: Array<Work & { load?: number[] }> = [];
  const run = (count: number) => {
    for (let index = 0; index < count; index++) {
      works.push(Object.assign(new Work(list), { load: Array<number>(1_000).fill(0.5) }));
      if (works.length > 2) works.shift()?.leave();
      if (index % 50 === 0) minor();
    }
  };
  run(200);
  // What survives twice becomes old, such as the list.
  minor();
  minor();
  const before = oldBytes();
  run(4_000);
  const kept = oldBytes() - before;
  assert.ok(kept < 10_000_000, `${kept} of the 32,000,000 bytes became old`);
  for (const work of works) work.leave();
});

function oldBytes(): number {
  const isOld = ({ space_name: name }: { space_name: string }) => name === 'old_space';
  return getHeapSpaceStatistics().find(isOld)?.space_used_size ?? 0;
}

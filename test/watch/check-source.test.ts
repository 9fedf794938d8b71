import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkSource } from '../../src/watch/check-source.ts';
import { Rounds, TickTaker } from '../../src/watch/rounds.ts';
import type { Service } from '../../src/watch/service.ts';

const A: Service = { url: 'http://u:p@a.test/', shownUrl: 'http://a.test/', accept: '204', contains: 'ok', latencyMs: 500 };
const B: Service = { url: 'http://b.test/', shownUrl: 'http://b.test/' };

async function* ticks(count: number) {
  for (let n = 0; n < count; n++) yield;
}

async function linesOf(count: number, rounds: Rounds, isOver: (checks: number) => boolean, late: string[] = []): Promise<unknown[][]> {
  const onLate = (services: readonly Service[]) => late.push(services.map(({ url }) => url).join());
  const source = checkSource({ services: [A, B], rounds, ticks: new TickTaker(ticks(count)), isOver, onLate });
  const all: unknown[][] = [];
  for await (const lines of source.lines(new AbortController().signal)) {
    all.push(lines.map((line) => JSON.parse(line)));
    // The check of the first service never ends.
    rounds.end(1);
  }
  return all;
}

test('each tick gives records for the services without a check in progress', async () => {
  const late: string[] = [];
  assert.deepEqual(await linesOf(2, new Rounds(2), () => false, late), [
    [
      { url: A.url, accept: '204', contains: 'ok', meta: { service: 0, round: 1 } },
      { url: B.url, meta: { service: 1, round: 1 } },
    ],
    [{ url: B.url, meta: { service: 1, round: 2 } }],
  ]);
  assert.deepEqual(late, [A.url]);
});

test('the source ends when it is over, and takes no tick that belongs to its successor', async () => {
  const rounds = new Rounds(2);
  const given = ticks(5);
  const source = checkSource({ services: [A, B], rounds, ticks: new TickTaker(given), isOver: (checks) => checks >= 2, onLate: () => {} });
  for await (const _ of source.lines(new AbortController().signal));
  let left = 0;
  for await (const _ of given) left++;
  assert.equal(left, 4);
});

test('a stopped source begins no round, and leaves the tick that it waited for', async () => {
  let tick = () => {};
  const given = (async function* () {
    await new Promise<void>((resolve) => {
      tick = resolve;
    });
    yield;
  })();
  const taker = new TickTaker(given);
  const rounds = new Rounds(2);
  const options = { services: [A, B], rounds, ticks: taker, isOver: () => false, onLate: () => {} };
  const stop = new AbortController();
  const first = checkSource(options).lines(stop.signal)[Symbol.asyncIterator]().next();
  stop.abort(new Error('stopped'));
  await assert.rejects(first, /stopped/);
  const second = checkSource(options).lines(new AbortController().signal)[Symbol.asyncIterator]().next();
  tick();
  assert.equal(((await second).value as string[]).length, 2);
  assert.equal(rounds.count, 1);
});

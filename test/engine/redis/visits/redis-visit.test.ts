import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import type { Frontier } from '../../../../src/engine/redis/frontier/frontier.ts';
import type { Checkout } from '../../../../src/engine/redis/frontier/scripts/checkout.ts';
import type { Settled, SettleMove } from '../../../../src/engine/redis/frontier/scripts/settle.ts';
import { OriginCooldowns } from '../../../../src/engine/redis/visits/origin-cooldowns.ts';
import { RedisVisit, type VisitHome } from '../../../../src/engine/redis/visits/redis-visit.ts';
import { RoundSize } from '../../../../src/engine/redis/visits/rounds.ts';
import { SuspectTurn } from '../../../../src/engine/redis/visits/suspect-turn.ts';
import { revisitOf } from '../../../../src/engine/rules/revisit.ts';
import type { Entry } from '../../../../src/model/entry.ts';
import { runOptions } from '../../../contracts/crew.ts';
import { keyOf } from '../../../contracts/site-graph.ts';

const OUTLOOK = { nowMs: 0, ready: 0, nextMs: Number.POSITIVE_INFINITY };
const url = 'http://a.test/';
const REVISIT = revisitOf({ key: keyOf(url), url, origin: 'http://a.test', depth: 0, attempts: 0, deferrals: 0, acceptedAtMs: 0 });

for (const [what, kind, method] of [
  ['whose workers died', 'suspect', 'GET'],
  ['whose request must not be sent twice', 'taken', 'POST'],
] as const) {
  test(`a revisit ${what} ends without a row`, async () => {
    const sent: SettleMove[] = [];
    const frontier = {
      strike: async () => 'crashed',
      settle: async (...args: Parameters<Frontier['settle']>): Promise<Settled> => {
        sent.push(...args[5]);
        return { fenced: false, isNearer: false, held: 0, offered: [], ...OUTLOOK };
      },
    } as unknown as Frontier;
    const home = {
      frontier,
      checkOut: async () => checkoutOf([]),
      suspects: new SuspectTurn(),
      cooldowns: new OriginCooldowns(),
      strikeSpacingMs: 0,
      hasRoom: () => true,
      roundSize: new RoundSize(),
      wake: () => {},
      missed: () => {},
    } as unknown as VisitHome;
    const ticket = { run: 'r', ticket: 0, token: 'token' };
    const visit = new RedisVisit(ticket, runOptions({ method }), { ...checkoutOf([REVISIT]), kind }, performance.now() + 60_000, home);
    assert.equal(await visit.next(), undefined);
    await visit.finish();
    assert.deepEqual(sent, [{ key: REVISIT.key, kind: 'revisited' }]);
  });
}

function checkoutOf(entries: Entry[]): Checkout {
  return { kind: 'taken', entries, wake: [], offered: [], trials: new Map(), turnUntilMs: 0, othersWait: false, ...OUTLOOK };
}

/** A visit that holds these entries. Each later checkout takes one entry, which is named for its number. */
function openVisit(paths: readonly string[]) {
  const entry = (path: string): Entry => {
    const { revisit: _, ...page } = REVISIT;
    return { ...page, url: `${url}${path}`, key: keyOf(`${url}${path}`) };
  };
  const checkout = (...names: string[]) => checkoutOf(names.map(entry));
  const seen = { checkouts: 0, hasRoom: true, woken: [] as string[] };
  let onBack: (moves: readonly SettleMove[]) => void = () => {};
  /** The first settle that gives entries back. */
  const gaveBack = new Promise<readonly SettleMove[]>((resolve) => {
    onBack = resolve;
  });
  const frontier = {
    settle: async (...args: Parameters<Frontier['settle']>): Promise<Settled> => {
      if (args[5].some(({ kind }) => kind === 'back')) onBack(args[5]);
      return { fenced: false, isNearer: false, held: 0, offered: [], ...OUTLOOK, ready: 1 };
    },
  };
  const home = {
    frontier,
    checkOut: async () => checkout(String(++seen.checkouts)),
    hasRoom: () => seen.hasRoom,
    roundSize: new RoundSize(),
    cooldowns: new OriginCooldowns(),
    wake: (run: string) => seen.woken.push(run),
    missed: () => {},
  } as unknown as VisitHome;
  const ticket = { run: 'r', ticket: 0, token: 'token' };
  const visit = new RedisVisit(ticket, runOptions(), checkout(...paths), performance.now() + 3_600_000, home);
  const start = async () => {
    const next = await visit.next();
    assert.ok(next !== undefined);
    return next;
  };
  const end = (next: Entry) => visit.settle(next, { kind: 'retry', entry: next, afterMs: 0 });
  return { visit, seen, gaveBack, start, end };
}

test('a visit checks out no more if its process must have fewer visits', async () => {
  const { visit, seen, start, end } = openVisit(['a']);
  end(await start());
  end(await start());
  seen.hasRoom = false;
  assert.equal(await visit.next(), undefined);
  assert.equal(seen.checkouts, 1);
  await visit.finish();
});

test('during a slow fetch the other entries of the visit go back, and after it the visit continues', async (t) => {
  // However slow the machine is, the visit is young enough for another round.
  const nowMs = performance.now();
  t.mock.method(performance, 'now', () => nowMs);
  const { visit, seen, gaveBack, start, end } = openVisit(['slow', 'b', 'c']);
  const slow = await start();
  const back = await gaveBack;
  assert.deepEqual(
    back.map(({ key }) => key),
    [keyOf(`${url}c`), keyOf(`${url}b`)],
    'the last one first, so that they keep their order',
  );
  await setImmediate();
  assert.deepEqual(seen.woken, ['r'], 'another visit may take them');
  assert.equal(seen.checkouts, 0);
  end(slow);
  assert.equal((await start()).url, `${url}1`);
  await visit.finish();
});

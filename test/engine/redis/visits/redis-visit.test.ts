import assert from 'node:assert/strict';
import { test } from 'node:test';
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
    const none: Checkout = {
      kind: 'taken',
      entries: [],
      wake: [],
      offered: [],
      trials: new Map(),
      turnUntilMs: 0,
      othersWait: false,
      ...OUTLOOK,
    };
    const home = {
      frontier,
      checkOut: async () => none,
      suspects: new SuspectTurn(),
      cooldowns: new OriginCooldowns(),
      strikeSpacingMs: 0,
      hasRoom: () => true,
      roundSize: new RoundSize(),
      wake: () => {},
      missed: () => {},
    } as unknown as VisitHome;
    const ticket = { run: 'r', ticket: 0, token: 'token' };
    const visit = new RedisVisit(ticket, runOptions({ method }), { ...none, kind, entries: [REVISIT] }, performance.now() + 60_000, home);
    assert.equal(await visit.next(), undefined);
    await visit.finish();
    assert.deepEqual(sent, [{ key: REVISIT.key, kind: 'revisited' }]);
  });
}

test('a visit checks out no more if its process must have fewer visits', async () => {
  const entry = (path: string) =>
    ({ ...REVISIT, url: `${url}${path}`, key: keyOf(`${url}${path}`), revisit: undefined }) as unknown as Entry;
  const checkout: Checkout = {
    kind: 'taken',
    entries: [],
    wake: [],
    offered: [],
    trials: new Map(),
    turnUntilMs: 0,
    othersWait: false,
    ...OUTLOOK,
  };
  let checkouts = 0;
  let hasRoom = true;
  const home = {
    frontier: { settle: async (): Promise<Settled> => ({ fenced: false, isNearer: false, held: 0, offered: [], ...OUTLOOK }) },
    checkOut: async () => ({ ...checkout, entries: [entry(String(++checkouts))] }),
    hasRoom: () => hasRoom,
    roundSize: new RoundSize(),
    cooldowns: new OriginCooldowns(),
    wake: () => {},
    missed: () => {},
  } as unknown as VisitHome;
  const ticket = { run: 'r', ticket: 0, token: 'token' };
  const visit = new RedisVisit(ticket, runOptions(), { ...checkout, entries: [entry('first')] }, performance.now() + 60_000, home);
  for (let turn = 0; turn < 2; turn++) {
    const next = await visit.next();
    assert.ok(next !== undefined);
    visit.settle(next, { kind: 'retry', entry: next, afterMs: 0 });
  }
  hasRoom = false;
  assert.equal(await visit.next(), undefined);
  assert.equal(checkouts, 1);
  await visit.finish();
});

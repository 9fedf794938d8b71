import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Frontier } from '../../../../src/engine/redis/frontier/frontier.ts';
import type { Checkout } from '../../../../src/engine/redis/frontier/scripts/checkout.ts';
import type { Settled, SettleMove } from '../../../../src/engine/redis/frontier/scripts/settle.ts';
import { OriginCooldowns } from '../../../../src/engine/redis/visits/origin-cooldowns.ts';
import { RedisVisit, type VisitHome } from '../../../../src/engine/redis/visits/redis-visit.ts';
import { SuspectTurn } from '../../../../src/engine/redis/visits/suspect-turn.ts';
import { revisitOf } from '../../../../src/engine/rules/revisit.ts';
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
    const none: Checkout = { kind: 'taken', entries: [], wake: [], offered: [], trials: new Map(), turnUntilMs: 0, ...OUTLOOK };
    const home = {
      frontier,
      checkOut: async () => none,
      suspects: new SuspectTurn(),
      cooldowns: new OriginCooldowns(),
      strikeSpacingMs: 0,
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

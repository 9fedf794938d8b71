import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { silentLog } from '../../../src/model/log.ts';
import { OriginRules } from '../../../src/worker/robots/origin-rules.ts';
import { brokenOffRecord, type RobotsRecord } from '../../../src/worker/robots/robots-record.ts';

const rulesOf = (body: string): RobotsRecord => ({ kind: 'rules', url: 'http://a.test/robots.txt', body, atMs: 0 });

describe('OriginRules', () => {
  it('are kept by origin and product token', () => {
    const rules = new OriginRules(silentLog);
    rules.learn('http://a.test', 'one', rulesOf('User-agent: one\nDisallow: /\n'), 7);
    assert.equal(rules.find('http://a.test', 'two'), undefined);
    assert.equal(rules.find('http://b.test', 'one'), undefined);
    const found = rules.find('http://a.test', 'one');
    assert.deepEqual([found?.sinceMs, found?.crawlDelayMs, found?.refusal('/x')?.code], [7, 0, 'ROBOTS_DISALLOWED']);
  });

  it('are dropped in order of last use when their files get too large', () => {
    const rules = new OriginRules(silentLog, 1_000);
    const body = `#${'x'.repeat(398)}\n`;
    const learn = (origin: string) => rules.learn(origin, 'one', rulesOf(body), 0);
    const known = () => ['a', 'b', 'c', 'd'].filter((origin) => rules.find(origin, 'one') !== undefined);
    learn('a');
    learn('b');
    learn('a');
    learn('c');
    assert.deepEqual(known(), ['a', 'c']);
    rules.find('a', 'one');
    learn('d');
    assert.deepEqual(known(), ['a', 'd']);
    rules.learn('b', 'one', rulesOf('x'.repeat(5_000)), 0);
    assert.deepEqual(known(), ['b'], 'the latest one stays, however large');
  });

  it('of a file that cannot be fetched allow nothing', () => {
    const rules = new OriginRules(silentLog);
    const { unreachable, refusal } = rules.learn('a', 'one', brokenOffRecord({ failures: 3, nowMs: 0 }), 0);
    assert.deepEqual([unreachable?.failures, refusal('/')?.code], [3, 'ABORTED']);
    assert.equal(rules.learn('a', 'one', { kind: 'allow-all', why: 'it answers 404' }, 0).refusal('/'), undefined);
  });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RobotsTexts } from '../../../src/engine/memory/robots-texts.ts';

const origins = ['http://a.test', 'http://b.test', 'http://c.test', 'http://d.test'] as const;
const robots = (text: string) => ({ text, keepMs: 60_000, intervalMs: 500 });

test('the least recently requested origin is dropped when there are too many', () => {
  const texts = new RobotsTexts(3);
  const [a, b, c, d] = origins;
  for (const origin of [a, b, c]) texts.keep(origin, robots(origin), 0);
  texts.ask(a, undefined, 1);
  texts.keep(d, robots(d), 2);
  const kinds = origins.map((origin) => texts.ask(origin, undefined, 3).kind);
  assert.deepEqual(kinds, ['known', 'yours', 'known', 'known']);
});

test('the least recently requested origin is dropped when the texts are too long', () => {
  const texts = new RobotsTexts(100, 1_000);
  const [a, b, c, d] = origins;
  for (const origin of [a, b, b, b]) texts.keep(origin, robots('x'.repeat(400)), 0);
  assert.equal(texts.ask(a, undefined, 1).kind, 'known', 'a text that replaces another counts once');
  for (const origin of [c, d]) texts.keep(origin, robots('x'.repeat(400)), 2);
  const kinds = origins.map((origin) => texts.ask(origin, undefined, 3).kind);
  assert.deepEqual(kinds, ['yours', 'yours', 'known', 'known']);
});

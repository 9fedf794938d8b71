import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeadingSlugs, headingSlug } from '../../../src/producer/documents/heading-slugs.ts';

const SLUGS: readonly (readonly [heading: string, slug: string])[] = [
  ['Getting Started', 'getting-started'],
  ["What's new? (v1.2.0)", 'whats-new-v120'],
  ['a  b', 'a--b'],
  ['snake_case & dash-es', 'snake_case--dash-es'],
  ['Über Größe', 'über-größe'],
  ['中文 标题。', '中文-标题'],
  ['😄 happy', '-happy'],
  [':ok: hand', 'ok-hand'],
  ['C++ / C#', 'c--c'],
  ['☔️ rain', '\ufe0f-rain'],
  ['İΣ', 'iσ'],
  ['a\u200db', 'a\u200db'],
  ['', ''],
];

for (const [heading, slug] of SLUGS) {
  test(`the anchor of "${heading}" is #${slug}`, () => assert.equal(headingSlug(heading), slug));
}

test('equal headings are numbered, even if a number is taken', () => {
  const slugs = new HeadingSlugs();
  assert.deepEqual(
    ['Foo', 'foo', 'Foo 1', 'FOO', 'Foo'].map((heading) => slugs.add(heading)),
    ['foo', 'foo-1', 'foo-1-1', 'foo-2', 'foo-3'],
  );
});

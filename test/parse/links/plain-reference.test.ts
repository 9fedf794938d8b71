import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { plainReferences } from '../../../src/parse/links/plain-reference.ts';

const BASES = [
  'http://h.test/',
  'http://h.test/a/b/c.html',
  'https://u:p@h.test:8080/a//b/?q=/x#f/y',
  'http://[::1]/a/?x',
  'http://h.test//a/',
  'http://h.test/a/#',
];
const PIECES = [
  'a',
  'b.html',
  '.',
  '..',
  '../',
  './',
  '/',
  '//',
  '?',
  '#',
  '=',
  '&',
  '%',
  '%2e',
  ':',
  'http:',
  ' ',
  '\\',
  'é',
  '@',
  ';',
  '+',
  "'",
  '"',
  '<',
  '~',
  '_',
  '-',
  '|',
  '[',
  '{',
  '^',
  '`',
  '\t',
  '\0',
  '\x7f',
  '*',
  '$',
  'C|',
  '1',
];

/** Pseudo-random numbers below `limit`, the same in each run. */
function randomNumbers(): (limit: number) => number {
  let seed = 20_231;
  return (limit) => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % limit;
  };
}

test('the fast path gives the same result as the WHATWG parser', () => {
  const random = randomNumbers();
  const quick = BASES.map((base) => [base, plainReferences(base)] as const);
  let decided = 0;
  for (let round = 0; round < 20_000; round++) {
    let reference = random(4) === 0 ? '../'.repeat(random(5)) : '';
    for (let count = random(7); count > 0; count--) reference += PIECES[random(round % 2 === 0 ? 13 : PIECES.length)];
    const [base, resolve] = quick[random(quick.length)] as (typeof quick)[number];
    const url = resolve(reference);
    if (url === undefined) continue;
    decided++;
    assert.equal(url, new URL(reference, base).href, JSON.stringify([reference, base]));
  }
  assert.ok(decided > 4_000, `${decided} were decided`);
});

test('the fast path handles the most common kinds of links', () => {
  const resolve = plainReferences('http://h.test/a/b/c.html?q#f');
  const found = [
    '',
    'd.html',
    'd/e.html#f',
    '../x.html',
    '../../../x',
    '../',
    '/x?y=1&z=%20',
    '#f',
    '?q=a/b',
    'struct.Vec.html#method.new',
  ].map(resolve);
  assert.deepEqual(found, [
    'http://h.test/a/b/c.html?q',
    'http://h.test/a/b/d.html',
    'http://h.test/a/b/d/e.html#f',
    'http://h.test/a/x.html',
    'http://h.test/x',
    'http://h.test/a/',
    'http://h.test/x?y=1&z=%20',
    'http://h.test/a/b/c.html?q#f',
    'http://h.test/a/b/c.html?q=a/b',
    'http://h.test/a/b/struct.Vec.html#method.new',
  ]);
});

const CORPUS = new URL('../../../../shared/corpora/url-wpt-urltestdata.json', import.meta.url);
const skip = existsSync(CORPUS) ? false : 'the corpus is not here';
test('passes the web platform tests', { skip }, () => {
  const { cases } = JSON.parse(readFileSync(CORPUS, 'utf8')) as {
    cases: Array<{ id: string; input: string; base: string | null; failure: boolean; expected?: { href: string } }>;
  };
  for (const { id, input, base, failure, expected } of cases) {
    if (base === null || !/^https?:/.test(base) || !URL.canParse(base)) continue;
    const url = plainReferences(new URL(base).href)(input);
    if (url !== undefined) assert.deepEqual([failure, url], [false, expected?.href], id);
  }
});

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { srcsetUrls } from '../../../src/parse/links/element-links.ts';

const CASES: ReadonlyArray<readonly [srcset: string, urls: string[]]> = [
  ['', []],
  [' , ', []],
  ['a', ['a']],
  ['a,b', ['a,b']],
  ['a, b', ['a', 'b']],
  ['a,', ['a']],
  ['a,,, b', ['a', 'b']],
  [',a 1x', ['a']],
  ['a 1x,b 2x', ['a', 'b']],
  ['a 1x ,\n b\t2x', ['a', 'b']],
  ['data:image/png;base64,AA 1x, b 2x', ['data:image/png;base64,AA', 'b']],
  ['a 1.5x, b .5x, c 1e3x, d 0x, e 100w, f 100w 50h, g 50h 100w', ['a', 'b', 'c', 'd', 'e', 'f', 'g']],
  ['a (1x, 2x) , b', ['b']],
  ['a (1x, b', []],
  ['a 1x 2x 3h, b', ['b']],
  ['a 0w, b -1x, c 2, d 1X, e 50h, f 1.x, g +1x, h 1x 100w, i 1px, j', ['j']],
  ['a\u00a01x, b', ['a\u00a01x', 'b']],
  [`a${','.repeat(100_000)}b`, [`a${','.repeat(100_000)}b`]],
];

for (const [srcset, urls] of CASES)
  test(`parses the srcset ${JSON.stringify(srcset.slice(0, 40))}`, () => assert.deepEqual(srcsetUrls(srcset), urls));

const CORPUS = new URL('../../../../shared/corpora/srcset.json', import.meta.url);
const skip = existsSync(CORPUS) ? false : 'the corpus is not here';
test('passes the cases of lychee and srcset', { skip }, () => {
  const { cases } = JSON.parse(readFileSync(CORPUS, 'utf8')) as { cases: Array<{ id: string; srcset: string; urls: string[] | null }> };
  assert.ok(cases.length > 10);
  for (const { id, srcset, urls } of cases) assert.deepEqual(srcsetUrls(srcset), urls ?? srcsetUrls(srcset), id);
});

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { describe, it, test } from 'node:test';
import { canonicalUrl } from '../../../src/model/url/canonical-url.ts';
import { DEFAULT_MAX_PATH_SEGMENTS, pathTrap } from '../../../src/worker/scope/traps.ts';

describe('pathTrap', () => {
  const table: ReadonlyArray<readonly [pathname: string, expected: ReturnType<typeof pathTrap>]> = [
    ['/', undefined],
    ['/a', undefined],
    ['/a/a/', undefined],
    ['/a/a/a', 'repeated-segments'],
    ['/a/a/a/', 'repeated-segments'],
    ['/a/b/a/index.html', undefined],
    ['/a/b/a/b/x', undefined],
    ['/a/b/a/b/a/b', 'repeated-segments'],
    ['/x/a/b/b/a/b/a/y', 'repeated-segments'],
    ['/a/A/%61', undefined],
    ['/ab/abc/abcd/ab/x', undefined],
    ['//x//y', undefined],
    ['////x', 'repeated-segments'],
    ['/blog/11/11/11/', undefined],
    ['/tiles/0/0/0', undefined],
    ['/11/11/11/11', 'repeated-segments'],
    ['/11/a/11/a/11/a', 'repeated-segments'],
    ['/core/core_arch/x86/struct.core.html', undefined],
    ['/1/2/3/4/5/6/7/8', undefined],
    ['/1/2/3/4/5/6/7/8/', undefined],
    ['/1/2/3/4/5/6/7/8/9', 'path-segments'],
    ['/a/a/a/a/a/a/a/a/a', 'path-segments'],
    [`/${'/'.repeat(20)}`, 'path-segments'],
  ];
  for (const [pathname, expected] of table) {
    it(`${pathname}: ${expected ?? 'none'}`, () => assert.equal(pathTrap(pathname, 8), expected));
  }
});

const CORPUS = new URL('../../../../shared/corpora/url-traps-stormcrawler.json', import.meta.url);

/** Session ids are removed only on request (t00, t01), and `%u011f` is not an escape (t06). */
const OTHER_SPELLING_STAYS = ['t00', 't01', 't06'];

test('the cases of StormCrawler', { skip: existsSync(CORPUS) ? false : 'the corpus is not installed' }, () => {
  const { cases } = JSON.parse(readFileSync(CORPUS, 'utf8')) as { cases: Array<{ id: string; input: string; expected: string | null }> };
  for (const { id, input, expected } of cases) {
    const url = new URL(input);
    assert.equal(pathTrap(url.pathname, DEFAULT_MAX_PATH_SEGMENTS), expected === null ? 'repeated-segments' : undefined, input);
    if (expected !== null) assert.equal(canonicalUrl(url) === canonicalUrl(new URL(expected)), !OTHER_SPELLING_STAYS.includes(id), input);
  }
});

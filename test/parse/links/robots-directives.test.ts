import assert from 'node:assert/strict';
import { test } from 'node:test';
import { headersSayNofollow } from '../../../src/parse/links/robots-directives.ts';
import { read } from './read-document.ts';

const RELATIONS: ReadonlyArray<readonly [attributes: string, nofollow: boolean]> = [
  ['', false],
  ['rel=nofollow', true],
  ['rel="noopener NoFollow external"', true],
  ['rel="noopener\nnofollow"', true],
  ['rel=sponsored', true],
  ['rel=ugc', true],
  ['rel="nofollowed no-follow follow"', false],
  ['rel="noreferrer,nofollow"', false],
  ['rev=nofollow', false],
];

for (const [attributes, nofollow] of RELATIONS)
  test(`<a ${attributes}> is ${nofollow ? 'nofollow' : 'followed'}`, async () => {
    const { links } = await read(`<a href=a ${attributes}>`);
    assert.deepEqual(links[0]?.nofollow, nofollow);
  });

test('a URL is followed if one of its links may be followed', async () => {
  const { links } = await read('<a href=a rel=nofollow><a href=b rel=nofollow><a href=./a><area href=b rel=nofollow>');
  assert.deepEqual(
    links.map(({ nofollow }) => nofollow),
    [false, true],
  );
});

const CONTENTS: ReadonlyArray<readonly [meta: string, nofollow: boolean]> = [
  ['name=robots content=nofollow', true],
  ['name=robots content="noindex, NOFOLLOW"', true],
  ['NAME="Robots" CONTENT="NOINDEX,NOFOLLOW"', true],
  ['name=robots content="noindex nofollow"', true],
  ['name=robots content=none', true],
  ['name=" robots " content=" none "', true],
  ['name=trawl content=nofollow', true],
  ['name=TRAWL content=nofollow', true],
  ['name=googlebot content=nofollow', false],
  ['name=robots content="index, follow"', false],
  ['name=robots content="max-image-preview:none"', false],
  ['name=robots content="max-image-preview: none"', false],
  ['name=robots content="max-image-preview: none, none"', true],
  ['name=robots content=""', false],
  ['name=robots', false],
  ['property=robots content=nofollow', false],
];

for (const [meta, nofollow] of CONTENTS)
  test(`the links of a page with <meta ${meta}> are ${nofollow ? 'nofollow' : 'followed'}`, async () => {
    const { links } = await read(`<a href=a><meta ${meta}>`);
    assert.deepEqual(links[0]?.nofollow, nofollow);
  });

const HEADERS: ReadonlyArray<readonly [values: string[], nofollow: boolean]> = [
  [[], false],
  [['nofollow'], true],
  [['noindex', 'NOFOLLOW'], true],
  [['noindex, none'], true],
  [['trawl: nofollow'], true],
  [['Trawl:noindex,nofollow'], true],
  [['googlebot: nofollow'], false],
  [['googlebot: noindex, nofollow'], false],
  [['googlebot: nofollow, trawl: noindex, nofollow'], true],
  [['trawl: noindex, googlebot: nofollow'], false],
  [['nofollow, googlebot: noindex'], true],
  [['googlebot: noindex', 'nofollow'], true],
  [['*: nofollow'], true],
  [['unavailable_after: 25 Jun 2010 15:00:00 PST, nofollow'], true],
  [['unavailable_after: Wed, 25 Jun 2025 15:00:00 GMT, nofollow'], true],
  [['trawl: unavailable_after: 25 Jun 2010 15:00:00 PST, nofollow'], true],
  [['googlebot: unavailable_after: 25 Jun 2010 15:00:00 PST, nofollow'], false],
  [['max-image-preview: none'], false],
  [['max-snippet:-1, nofollow'], true],
  [['', ',', ':', ': nofollow'], false],
  [['follow'], false],
];

for (const [values, nofollow] of HEADERS)
  test(`the links of a page with X-Robots-Tag ${JSON.stringify(values)} are ${nofollow ? 'nofollow' : 'followed'}`, () =>
    assert.equal(headersSayNofollow(values, 'trawl'), nofollow));

test('X-Robots-Tag applies to the links of the document and of its headers', async () => {
  const { links } = await read('<a href=a>', { robotsHeaders: ['nofollow'], linkHeaders: ['<b>; rel=next'] });
  assert.deepEqual(
    links.map(({ nofollow }) => nofollow),
    [true, true],
  );
});

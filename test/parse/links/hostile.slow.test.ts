import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { read } from './read-document.ts';

const BYTES = 250_000;
const XML = 'application/xml';
const CSS = 'text/css';

/**
 * A text that is repeated, the text before it, and the number of links. With quadratic time, these tests would
 * practically never end.
 */
const CASES: ReadonlyArray<readonly [repeated: string, before: string, links: number, contentType?: string]> = [
  ['<', '', 0],
  ['</', '', 0],
  ['<a', '', 0],
  ['<a ', '', 0],
  ['<a>', '', 0],
  ['a ', '<a ', 0],
  ['<a href="', '', 0],
  ['<a href=\'"', '', 0],
  ['<a href=x>', '', 1],
  ['x', '<a href="', 0],
  ['<base ', '', 0],
  ['<base href=x>', '', 0],
  ['<!--', '', 0],
  ['<!-->', '', 0],
  ['<!-- --!>', '', 0],
  ['-', '<!--', 0],
  ['<!', '', 0],
  ['<?', '', 0],
  ['<![CDATA[', '<svg>', 0],
  ['<script>', '', 0],
  ['<script></script>', '', 0],
  ['<script><!--</script>', '', 0],
  ['<', '<script><!--', 0],
  ['</', '<script>', 0],
  ['<!--<script>', '<script>', 0],
  ['<', '<title>', 0],
  ['<svg><desc>', '', 0],
  ['<svg></desc>', '', 0],
  ['<template>', '', 0],
  ['&amp;', '<a href=', 0],
  ['&', '<a href="', 0],
  ['url(', '<style>', 0],
  ['url(a)', '<style>', 1],
  [' ', '<p style="url(', 0],
  [',', '<img srcset="', 0],
  [' (', '<img srcset="a', 0],
  ['<iframe srcdoc="<iframe srcdoc=\'', '', 0],
  ['<iframe srcdoc="<a href=x>"></iframe>', '', 1],
  ['<meta name=robots content="   :  ', '', 0],
  ['url(', '', 0, CSS],
  ['url("', '', 1, CSS],
  ['(', '', 0, CSS],
  ['\\', '', 0, CSS],
  ['/*', '', 0, CSS],
  ['@import ', '', 0, CSS],
  ['@import "a', '', 1, CSS],
  ['@namespace ', '', 0, CSS],
  ['"a"', 'image-set(', 1, CSS],
  ['<', '', 0, XML],
  ['<a:b:c ', '', 0, XML],
  ['<a xml:base="x/">', '', 0, XML],
  ['<![CDATA[', '', 0, XML],
  ['<!DOCTYPE [', '', 0, XML],
  ['<?xml-stylesheet href', '', 0, XML],
  ['<link><!-- ', '<rss>', 0, XML],
  ['<link>a</link>', '<rss>', 1, XML],
];

for (const [repeated, before, count, contentType = 'text/html'] of CASES)
  test(`reads ${repeated} repeated many times after ${before || 'nothing'} in linear time`, async () => {
    const body = before + repeated.repeat(Math.ceil(BYTES / repeated.length));
    const { links } = await read(body, { contentType, resources: true, anchors: true });
    assert.ok(links.length <= count, `${links.length} links`);
  });

test('drops links and anchors beyond 100,000 and reports that', async () => {
  const markup = Array.from({ length: 100_000 }, (_, index) => `<a href=${index} id=${index}>`).join('');
  const { links, anchors, cut } = await read(`<a href=0 rel=nofollow>${markup}<a href=x id=x><a href=1>`, { anchors: true });
  assert.deepEqual([links.length, links.at(-1)?.url, anchors?.length, cut], [100_000, 'http://site.test/dir/99999', 100_000, true]);
  assert.equal(links[0]?.nofollow, false);
});

test('limits the memory of links with a long base URL', async () => {
  const links = Array.from({ length: 5_000 }, (_, index) => `<a href=${index}>`).join('');
  const long = await read(`<base href="/${'x'.repeat(8_000)}/">${links}`);
  assert.deepEqual([long.cut, long.links.length > 4_000, long.links.length < 4_200], [true, true, true]);
  const tooLong = await read(`<base href="/${'x'.repeat(50_000)}/">${links}`);
  assert.deepEqual([tooLong.links.length, tooLong.unreadable.length, tooLong.unreadable[7]?.written], [0, 5_000, '7']);
});

test('distinguishes long links that differ only at the end in linear time', async () => {
  const data = `data:image/png;base64,${'x'.repeat(20_000)}`;
  const { otherSchemes } = await read(
    Array.from({ length: 200 }, (_, index) => `<img src="${data}${1_000 + index}">`)
      .join('')
      .repeat(2),
    { resources: true },
  );
  assert.equal(otherSchemes, 200);
});

test('yields to other work while it reads a large document, but not for a small one', async () => {
  let turns = 0;
  let isReading = true;
  const turn = async () => {
    while (isReading) {
      await setImmediate();
      turns++;
    }
  };
  const small = read('<a href=a>'.repeat(20)).then(() => turns);
  const counting = turn();
  assert.equal(await small, 0);
  await read('<p><a href="../x/y.html?a&amp;b">z</a>'.repeat(100_000));
  isReading = false;
  await counting;
  assert.ok(turns > 1, `${turns} turns`);
});

test('never throws, whatever the bytes', async () => {
  let seed = 7;
  const random = (limit: number) => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % limit;
  };
  const types = ['text/html', 'text/css', XML, 'image/svg+xml', 'text/html; charset=shift_jis', 'text/html; charset=utf-16', undefined];
  for (let round = 0; round < 400; round++) {
    const body = Uint8Array.from({ length: random(300) }, () =>
      random(3) === 0 ? random(256) : '<>="\'&/!-[]:#; a'.charCodeAt(random(17)) || 0x3c,
    );
    const contentType = types[random(types.length)];
    await read(body, { contentType, resources: true, anchors: true, lines: true, linkHeaders: [Buffer.from(body).toString('latin1')] });
  }
});

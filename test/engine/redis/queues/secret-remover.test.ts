import assert from 'node:assert/strict';
import { test } from 'node:test';
import { secretRemover } from '../../../../src/engine/redis/queues/secret-remover.ts';
import type { LinkLine } from '../../../../src/model/lines/link-line.ts';

const link = (given: Partial<LinkLine>) => JSON.stringify({ source: 'a@b.md', line: 1, places: ['@c.md:2'], ...given });

test('credentials in the URL of a link are removed, and everything else is kept', () => {
  const remove = secretRemover('links');
  const masked = { ...(JSON.parse(link({})) as object), url: 'https://***@e.test/x' };
  const secret = link({ url: 'https://u:secret@e.test/x', input: '//u:secret@e.test/x#y', fragments: ['https://u:secret@e.test/x#y'] });
  assert.deepEqual(JSON.parse(remove(secret)), masked);
  assert.doesNotMatch(remove(link({ url: 'http://u:secret@[', input: 'http://u:secret@[' })), /secret/);
  assert.doesNotMatch(remove('http://u:secret@e.test/ is no JSON'), /secret/);
  for (const line of [link({ url: 'https://e.test/@x' }), link({ url: 'file:///docs/@x.md', checked: 'ok' })])
    assert.equal(remove(line), line);
});

test('credentials in a line or a record are removed', () => {
  assert.equal(secretRemover(undefined)('http://u:secret@e.test/@x'), 'http://***@e.test/@x');
  assert.equal(secretRemover(undefined)('https://e.test/@x'), 'https://e.test/@x');
  const record = '{"url":"http://u:secret@e.test/","meta":"a@b"}';
  assert.deepEqual(JSON.parse(secretRemover('records')(record)), { url: 'http://***@e.test/', meta: 'a@b' });
  const twice = '{"url": "http://u:secret@d.test/", "meta": 1.50, "url": "http://u:secret@e.test/"}';
  assert.equal(secretRemover('records')(twice), '{"url": "http://***@e.test/", "meta": 1.50, "url": "http://***@e.test/"}');
});

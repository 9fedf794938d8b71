import assert from 'node:assert/strict';
import { test } from 'node:test';
import { splitRemap } from '../../src/model/url/remap.ts';
import { fileExtensions, fileNames, remapText } from '../../src/options/parse-documents.ts';

test('lists of extensions and of file names are parsed', () => {
  assert.deepEqual(fileExtensions('html, .md'), { ok: true, value: ['html', 'md'] });
  for (const text of ['', 'html,', 'a/b', '.']) assert.equal(fileExtensions(text).ok, false, text);
  assert.deepEqual(fileNames('index.html,.'), { ok: true, value: ['index.html', '.'] });
  for (const text of ['', 'a,,b', 'a/b']) assert.equal(fileNames(text).ok, false, text);
});

test('a remap is split at its first = outside of a group', () => {
  assert.deepEqual(splitRemap('https://e.test/=public/?a=b'), { pattern: 'https://e.test/', replacement: 'public/?a=b' });
  assert.deepEqual(splitRemap('a(?=b)(?<=c)(?<!d)='), { pattern: 'a(?=b)(?<=c)(?<!d)', replacement: '' });
  assert.equal(remapText('a=b').ok, true);
  for (const text of ['', 'a', '=b', '(=b']) assert.equal(remapText(text).ok, false, text);
});

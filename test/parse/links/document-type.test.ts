import assert from 'node:assert/strict';
import { test } from 'node:test';
import { documentType } from '../../../src/parse/links/document-type.ts';

const CASES: ReadonlyArray<readonly [contentType: string | undefined, body: string, type: string | undefined]> = [
  ['text/html', '', 'html'],
  [' Text/HTML ; charset=x', '', 'html'],
  ['text/html, text/html', '', 'html'],
  ['application/xhtml+xml', '', 'xml'],
  ['text/xml', '<html>', 'xml'],
  ['application/xml;x', '', 'xml'],
  ['image/svg+xml', '', 'xml'],
  ['application/rss+xml', '', 'xml'],
  ['text/css', '', 'css'],
  ['text/plain', '<html>', undefined],
  ['application/json', '<html>', undefined],
  ['application/octet-stream', '<html>', undefined],
  [undefined, '<!DOCTYPE html>', 'html'],
  ['', '\n <HTML lang=x>', 'html'],
  [undefined, '\u00ef\u00bb\u00bf<p>', 'html'],
  [undefined, '<!-- x --><html>', 'html'],
  ['unknown/unknown', '<a href=x>', 'html'],
  [undefined, '<?xml version="1.0"?><a/>', 'xml'],
  [undefined, '<abbr>', undefined],
  [undefined, 'a <p>', undefined],
  [undefined, '{}', undefined],
  [undefined, '', undefined],
];

for (const [contentType, body, type] of CASES)
  test(`${contentType ?? 'no type'} with ${JSON.stringify(body)} is read as ${type}`, () =>
    assert.equal(documentType(contentType, Buffer.from(body, 'latin1')), type));

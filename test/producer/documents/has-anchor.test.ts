import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Anchors, hasAnchor } from '../../../src/producer/documents/known-anchors.ts';

const names = new Set(['part', 'Über', 'a%20b', 'Mixed', 'user-content-install', '3', '5', '100%']);
const [html, markdown] = [new Anchors('html', names), new Anchors('markdown', names)];

const CASES: readonly (readonly [fragment: string, html: boolean, markdown: boolean])[] = [
  ['part', true, true],
  ['', true, true],
  ['top', true, true],
  ['TOP', true, true],
  ['%C3%9Cber', true, true],
  ['a%20b', true, true],
  ['%', false, false],
  ['Part', false, true],
  ['mixed', false, true],
  ['user-content-part', false, true],
  ['install', true, true],
  ['user-content-install', true, true],
  ['100%', true, true],
  ['100%25', true, true],
  ['L10', true, true],
  ['L10-L20', true, true],
  ['L10C2-L20C3', true, true],
  ['lines-5:8', true, true],
  ['3-5', true, true],
  ['part:~:text=word', true, true],
  ['prat:~:text=word', false, false],
  [':~:text=word', true, true],
  ['/users/1', true, true],
  ['!/users/1', true, true],
  ['L', false, false],
  ['topology', false, false],
  ['prat', false, false],
];

for (const [fragment, isInHtml, isInMarkdown] of CASES) {
  test(`#${fragment} is ${isInHtml ? '' : 'not '}in the HTML, and ${isInMarkdown ? '' : 'not '}in the Markdown`, () => {
    assert.deepEqual([hasAnchor(html, fragment), hasAnchor(markdown, fragment)], [isInHtml, isInMarkdown]);
  });
}

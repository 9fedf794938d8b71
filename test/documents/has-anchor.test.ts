import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasAnchor } from '../../src/documents/has-anchor.ts';

const anchors = new Set(['part', 'Über', 'a%20b', 'Mixed', '3', '5']);

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
  ['L10', false, true],
  ['L10-L20', false, true],
  ['L10C2-L20C3', false, true],
  ['3-5', true, false],
  ['3-6', false, false],
  ['prat', false, false],
];

for (const [fragment, html, markdown] of CASES) {
  test(`#${fragment} is ${html ? '' : 'not '}in the HTML, and ${markdown ? '' : 'not '}in the Markdown`, () => {
    assert.deepEqual([hasAnchor(anchors, fragment, 'html'), hasAnchor(anchors, fragment, 'markdown')], [html, markdown]);
  });
}

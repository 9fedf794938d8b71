import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Script } from 'node:vm';
import { PAGE } from '../../src/serve/page/page.ts';
import { SCRIPT } from '../../src/serve/page/script.ts';
import { STYLE } from '../../src/serve/page/style.ts';

test('the script is valid, and puts text into the page as text only', () => {
  assert.ok(new Script(SCRIPT));
  assert.doesNotMatch(SCRIPT, /innerHTML|outerHTML|insertAdjacent|document\.write|createContextualFragment|srcdoc|\beval\b|new Function/);
});

test('the page has no inline script or style, which its policy would refuse', () => {
  assert.doesNotMatch(PAGE, /<style|style=|<script(?! type="module" src="\/page\.js"><\/script>)| on\w+=/);
  assert.doesNotMatch(STYLE, /url\(|@import/);
  // The script gives its handlers as functions.
  assert.doesNotMatch(SCRIPT, /setAttribute\('(?:style|on)/);
});

test('every element that the script looks up is in the page', () => {
  const ids = [...SCRIPT.matchAll(/getElementById\('([\w-]+)'\)/g)].map(([, id]) => id);
  assert.ok(ids.length >= 4);
  for (const id of ids) assert.ok(PAGE.includes(`id="${id}"`), id);
});

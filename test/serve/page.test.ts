import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PAGE_FILES } from '../../src/serve/page/page-files.ts';

const scripts = PAGE_FILES.filter(({ path }) => path.endsWith('.js'));
const page = PAGE_FILES.find(({ path }) => path === '/')?.text ?? '';
const style = PAGE_FILES.find(({ path }) => path.endsWith('.css'))?.text ?? '';

test('the scripts insert data only as text', () => {
  assert.ok(scripts.length >= 8);
  for (const { path, text } of scripts) {
    assert.doesNotMatch(
      text,
      /innerHTML|outerHTML|insertAdjacent|document\.write|createContextualFragment|srcdoc|\beval\b|new Function/,
      path,
    );
    // Handlers must be functions, and styles must use the style object, because the policy refuses both as attributes.
    assert.doesNotMatch(text, /setAttribute\('(?:style|on)/, path);
  }
});

test('the page has no inline script or style, which its policy would refuse', () => {
  assert.match(page, /<script type="module" src="\/page\/main\.js"><\/script>/);
  assert.doesNotMatch(page, /<style|style=|<script(?! type="module" src="\/page\/main\.js"><\/script>)| on\w+=/);
  assert.doesNotMatch(style, /url\(|@import/);
});

test('the modules of the page import only each other, and only names that exist', () => {
  const exported = new Map(
    scripts.map(({ path, text }) => [
      path.slice('/page/'.length),
      new Set([...text.matchAll(/^export (?:async )?(?:function|const|class) (\w+)/gm)].map(([, name]) => name)),
    ]),
  );
  for (const { path, text } of scripts) {
    for (const [, names = '', from = ''] of text.matchAll(/^import \{([^}]*)\} from '\.\/([\w.-]+)';$/gm)) {
      for (const name of names.split(',').map((each) => each.trim())) {
        if (name !== '') assert.ok(exported.get(from)?.has(name), `${path} imports ${name} of ${from}`);
      }
    }
    assert.equal([...text.matchAll(/^import /gm)].length, [...text.matchAll(/^import \{[^}]*\} from '\.\//gm)].length, path);
  }
});

test('every element that the scripts look up exists in the page', () => {
  const ids = scripts.flatMap(({ text }) => [...text.matchAll(/getElementById\('([\w-]+)'\)/g)].map(([, id]) => id));
  assert.ok(ids.length >= 4);
  for (const id of ids) assert.ok(page.includes(`id="${id}"`), id);
});

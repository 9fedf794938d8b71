import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load } from 'cheerio';
import { htmlLinks } from '../../../src/parse/links/html-links.ts';
import { WrittenLinks } from '../../../src/parse/links/written-links.ts';

const PIECES = [
  ...[
    '<a href=',
    '<A HREF=',
    '<a\thref',
    '<a/href=',
    '<a href>',
    '<a href="1">',
    '<a href=2 href=3>',
    '</a>',
    '"',
    "'",
    'x',
    'y z',
    '=',
    '>',
    '/>',
    '<',
    '</',
    ' ',
    '\n',
    '\f',
  ],
  ...[
    '<!--',
    '-->',
    '--!>',
    '<!-',
    '->',
    '-',
    '!',
    '<?',
    '<!',
    '<!doctype html>',
    '<![CDATA[',
    ']]>',
    '<p>',
    '<div a=b>',
    '<td class="c" title="<a href=t>">',
    '<h1 class="',
    '<span selected>',
    '<br/>',
    '</span>',
    '</td >',
    '<style-x>',
    '<img src=',
    '<b',
    '<plaintext>',
  ],
  ...['&amp;', '&copy', '&copy;', '&#65;', '&#x41', '&', '<noscript>', '</noscript>', '<template>', '</template>', '<script', '</script'],
  ...['script', 'style', 'title', 'textarea', 'xmp', 'noframes', 'iframe', 'noembed'].flatMap((name) => [`<${name}>`, `</${name}>`]),
];

/** The `href`s of all `<a>` according to another parser, which builds the tree as the HTML Standard requires. */
function referencesOfTree(markup: string): Set<string> {
  const references = new Set<string>();
  const pending: unknown[] = [load(markup, { scriptingEnabled: false }).root()[0]];
  while (pending.length > 0) {
    const node = pending.pop() as { name?: string; attribs?: Record<string, string>; children?: unknown[] };
    const reference = node.name === 'a' ? node.attribs?.href : undefined;
    if (reference !== undefined) references.add(reference.replace(/^[\0- ]+|[\0- ]+$/g, ''));
    pending.push(...(node.children ?? []));
  }
  return references;
}

function referencesWritten(markup: string): Set<string> {
  const written = new WrittenLinks({ url: 'http://h.test/', contentType: 'text/html', resources: false, anchors: false, robot: 'trawl' });
  const steps = htmlLinks({ text: markup, isUtf8: false }, written);
  while (!steps.next().done);
  return new Set([...written.takeAll()].map((link) => link.written));
}

test('finds the same links in any markup as a parser that builds a tree', () => {
  let seed = 4_711;
  const random = (limit: number) => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % limit;
  };
  for (let round = 0; round < 1_000; round++) {
    const pieces = Array.from({ length: 1 + random(25) }, () => PIECES[random(PIECES.length)]);
    const markup = `<a href=start></a>${pieces.join('')}<a href=end></a>`;
    assert.deepEqual([...referencesWritten(markup)].sort(), [...referencesOfTree(markup)].sort(), JSON.stringify(markup));
  }
});

test('finds the same links in markup that is longer than a slice', () => {
  let seed = 815;
  const random = (limit: number) => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % limit;
  };
  const pieces = PIECES.filter((piece) => piece !== '<plaintext>' && piece !== '<template>');
  // Close everything that is open.
  const ends = `'>">--></script></style></title></textarea></xmp></noframes></iframe></noembed>`;
  for (let round = 0; round < 4; round++) {
    const parts: string[] = [];
    for (let part = 0; part < 600; part++) {
      parts.push(
        ends,
        `<a class="${'x'.repeat(random(200))}" href=${part}>`,
        pieces[random(pieces.length)] ?? '',
        pieces[random(pieces.length)] ?? '',
      );
    }
    const markup = parts.join('');
    assert.deepEqual([...referencesWritten(markup)].sort(), [...referencesOfTree(markup)].sort());
  }
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { documentUrl, linkTarget } from '../../../src/producer/documents/link-target.ts';

/** Links in `/repo/docs/a b.md`, with `/repo` as the root. */
const TARGETS: readonly (readonly [written: string, target: string])[] = [
  ['b.md', '/repo/docs/b.md'],
  ['../x.html#part', '/repo/x.html #part'],
  ['#part', '/repo/docs/a b.md #part'],
  ['', '/repo/docs/a b.md'],
  ['a%20b.md', '/repo/docs/a b.md'],
  ['100%.md', '/repo/docs/100%.md'],
  ['dir/', '/repo/docs/dir/'],
  ['b.md?plain=1#L3', '/repo/docs/b.md #L3'],
  ['/img/x.png', '/repo/img/x.png'],
  ['/img/', '/repo/img/'],
  ['../../etc/x', '/etc/x'],
  ['b.md#:~:text=some', '/repo/docs/b.md'],
  ['b.md#c:~:text=some', '/repo/docs/b.md #c'],
  ['q&a;=+.md', '/repo/docs/q&a;=+.md'],
  ['https://e.test/a#b', 'https://e.test/a #b'],
  ['//e.test/a', 'https://e.test/a'],
  ['HTTP://E.test', 'http://e.test/'],
  ['mailto:a@e.test', 'other'],
  ['file:///etc/passwd', 'other'],
  ['data:text/plain,x', 'other'],
  ['http://[', 'unreadable'],
  ['https://', 'unreadable'],
];

for (const [written, expected] of TARGETS) {
  test(`"${written}" leads to ${expected}`, () => {
    const target = linkTarget(written, documentUrl('/repo/docs/a b.md'), '/repo');
    const where = target.kind === 'local' ? target.path : target.kind === 'web' ? target.url : target.kind;
    const fragment = 'fragment' in target && target.fragment !== '' ? ` #${target.fragment}` : '';
    assert.equal(`${where}${fragment}`, expected);
  });
}

test('a resolved link has the same target', () => {
  const base = documentUrl('/repo/docs/a.html');
  for (const written of ['b%20c.html#d', '/e', '../f/', 'https://e.test/#g']) {
    assert.deepEqual(linkTarget(new URL(written, base).href, base, '/repo'), linkTarget(written, base, '/repo'));
  }
});

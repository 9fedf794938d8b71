import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nearestName } from '../../src/documents/nearest-name.ts';

for (const [name, others, nearest] of [
  ['prat', ['part', 'other'], 'part'],
  ['Guide.md', ['guide.md'], 'guide.md'],
  ['guide', ['guide.md'], 'guide.md'],
  ['how_to.md', ['how-to.md'], 'how-to.md'],
  ['instal.md', ['install.md'], 'install.md'],
  ['h.md', ['a.md'], undefined],
  ['A.md', ['a.md'], 'a.md'],
  ['b', ['a', 'c'], undefined],
  ['guide.md', ['other.md'], undefined],
] as const) {
  test(`nearest to ${name} of ${others.join(', ')}: ${nearest}`, () => assert.equal(nearestName(name, others), nearest));
}

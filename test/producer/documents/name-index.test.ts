import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HintBudget, NameIndex } from '../../../src/producer/documents/name-index.ts';

for (const [name, others, nearest] of [
  ['prat', ['part', 'other'], 'part'],
  ['Guide.md', ['guide.md'], 'guide.md'],
  ['guide', ['guide.md'], 'guide.md'],
  ['how_to.md', ['how-to.md'], 'how-to.md'],
  ['instal.md', ['install.md'], 'install.md'],
  ['h.md', ['a.md'], undefined],
  ['A.md', ['a.md'], 'a.md'],
  ['b', ['a', 'c'], undefined],
  ['same', ['same'], undefined],
  ['installation', ['instalation', 'installations', 'installatoin'], 'installatoin'],
  ['guide.md', ['other.md'], undefined],
] as const) {
  test(`nearest to ${name} of ${others.join(', ')}: ${nearest}`, () => {
    assert.equal(new NameIndex(others, new HintBudget()).nearest(name), nearest);
  });
}

test('the budget bounds the work: later names get a hint only if they are spelled alike', () => {
  const budget = new HintBudget();
  const index = new NameIndex(
    Array.from({ length: 10_000 }, (_, n) => `page-${n}`),
    budget,
  );
  const hints = Array.from({ length: 1_000 }, (_, n) => index.nearest(`pgae-${n}`)).filter((hint) => hint !== undefined);
  assert.ok(hints.length > 5 && hints.length < 200, `${hints.length} hints`);
  assert.ok(budget.isSpent);
  assert.equal(index.nearest('PAGE_77'), 'page-77');
});

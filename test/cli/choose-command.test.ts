import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseCommand, nearestCommand } from '../../src/cli/choose-command.ts';

test('arguments without a command mean crawl', () => {
  assert.deepEqual(chooseCommand(['urls.txt']), { args: ['crawl', 'urls.txt'], implied: true });
  assert.deepEqual(chooseCommand(['-c', '5', 'urls.txt']), { args: ['crawl', '-c', '5', 'urls.txt'], implied: true });
  assert.deepEqual(chooseCommand(['-']), { args: ['crawl', '-'], implied: true });
});

test('commands, help, version and an empty command line are unchanged', () => {
  for (const args of [['crawl', 'x'], ['status'], ['--help'], ['-V'], ['help', 'crawl'], []]) {
    assert.deepEqual(chooseCommand(args), { args, implied: false });
  }
});

const NEAREST: readonly (readonly [string, string | undefined])[] = [
  ['statsu', 'status'],
  ['stat', 'status'],
  ['Enqueue', 'enqueue'],
  ['enqeue', 'enqueue'],
  ['wroker', 'worker'],
  ['colect', 'collect'],
  ['crwal', 'crawl'],
  ['reprot', 'report'],
  ['list', undefined],
  ['urls', undefined],
  ['x', undefined],
];

for (const [word, command] of NEAREST) {
  test(`the nearest command to ${word} is ${command}`, () => {
    assert.equal(nearestCommand(word), command);
  });
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseCommand, nearestCommand } from '../../src/cli/choose-command.ts';

test('without a command it is crawl', () => {
  assert.deepEqual(chooseCommand(['urls.txt']), { args: ['crawl', 'urls.txt'], implied: true });
  assert.deepEqual(chooseCommand(['-c', '5', 'urls.txt']), { args: ['crawl', '-c', '5', 'urls.txt'], implied: true });
  assert.deepEqual(chooseCommand(['-']), { args: ['crawl', '-'], implied: true });
});

test('commands, help and version stay as they are, and so does nothing at all', () => {
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
  test(`${word} is near ${command}`, () => {
    assert.equal(nearestCommand(word), command);
  });
}

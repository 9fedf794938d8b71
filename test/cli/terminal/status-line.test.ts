import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StatusLine } from '../../../src/cli/terminal/status-line.ts';

test('the line is rewritten in place, stays below what is printed, and leaves nothing behind', () => {
  const written: string[] = [];
  const line = new StatusLine((text) => written.push(text));
  line.print('before\n');
  line.show('1 / 2');
  line.show('1 / 2');
  line.print('a warning\n');
  line.show('2 / 2');
  line.clear();
  line.clear();
  line.print('after\n');
  const erase = '\r\x1b[2K';
  assert.deepEqual(written, ['before\n', `${erase}1 / 2`, `${erase}a warning\n1 / 2`, `${erase}2 / 2`, erase, 'after\n']);
});

test('several lines are rewritten in place as well', () => {
  const written: string[] = [];
  const line = new StatusLine((text) => written.push(text));
  line.show('a\nb\nc');
  line.print('a warning\n');
  line.show('d');
  line.clear();
  const erase = '\r\x1b[2K';
  const threeLines = `${erase}\x1b[1A\x1b[2K\x1b[1A\x1b[2K`;
  assert.deepEqual(written, [`${erase}a\nb\nc`, `${threeLines}a warning\na\nb\nc`, `${threeLines}d`, erase]);
});

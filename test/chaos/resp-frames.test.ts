import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RespFrames } from './resp-frames.ts';

const REPLIES = [
  '+OK\r\n',
  ':12\r\n',
  '-ERR no\r\n',
  '$-1\r\n',
  '*-1\r\n',
  '*0\r\n',
  '$5\r\n*1\r\n$\r\n',
  '*2\r\n*2\r\n:1\r\n$0\r\n\r\n*1\r\n+a\r\n',
];

test('replies are separated wherever their bytes are split', () => {
  const bytes = Buffer.from(REPLIES.join(''));
  for (let size = 1; size <= bytes.length; size++) {
    const frames = new RespFrames();
    const ends: number[] = [];
    for (let at = 0; at < bytes.length; at += size) ends.push(...frames.feed(bytes.subarray(at, at + size)).map(({ end }) => at + end));
    let sum = 0;
    assert.deepEqual(
      ends,
      REPLIES.map((reply) => (sum += reply.length)),
      `in pieces of ${size} bytes`,
    );
  }
});

test('a command is identified by its first words', () => {
  const frames = new RespFrames().feed(Buffer.from('*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$9\r\n*1\r\n$4\r\nP\r\n*1\r\n$4\r\nPING\r\n'));
  assert.deepEqual(
    frames.map(({ words }) => words),
    [['SET', 'k'], ['PING']],
  );
});

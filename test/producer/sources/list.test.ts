import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UsageError } from '../../../src/model/errors.ts';
import { MAX_LINE_CHARS } from '../../../src/model/lines/seed-line.ts';
import { splitLines } from '../../../src/producer/sources/list.ts';

async function* inPieces(bytes: Buffer, pieceBytes: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
}

async function linesOf(text: string | Buffer, pieceBytes = 65_536): Promise<string[]> {
  const lines: string[] = [];
  for await (const chunk of splitLines(inPieces(Buffer.from(text), pieceBytes), 'list.txt')) lines.push(...chunk);
  return lines;
}

const LISTS: [what: string, text: string | Buffer, lines: string[]][] = [
  ['nothing', '', []],
  ['LF', 'a\nb\n', ['a', 'b']],
  ['no line end at the end', 'a\nb', ['a', 'b']],
  ['CRLF', 'a\r\nb\r\n', ['a', 'b']],
  ['CRLF, none at the end', 'a\r\nb', ['a', 'b']],
  ['a carriage return alone does not end a line', 'a\rb\nc', ['a\rb', 'c']],
  ['blank lines are lines', '\n\na\n\r\n\n', ['', '', 'a', '', '']],
  ['a byte order mark', '\uFEFFa\nb', ['a', 'b']],
  ['nothing but a byte order mark', '\uFEFF', []],
  ['only the first byte order mark is removed', '\uFEFF\uFEFFa', ['\uFEFFa']],
  ['characters of several bytes', 'ä\n€\n😀\n', ['ä', '€', '😀']],
  ['invalid UTF-8', Buffer.from([0x61, 0xff, 0x0a, 0xe2, 0x82, 0x0a, 0x62, 0xc3]), ['a\uFFFD', '\uFFFD', 'b\uFFFD']],
  ['a single byte', 'a', ['a']],
  ['other separators are text', 'a\u2028b\u0085c\vd', ['a\u2028b\u0085c\vd']],
];

for (const [what, text, lines] of LISTS) {
  test(`lines: ${what}`, async () => {
    for (const pieceBytes of [1, 2, 3, 5, 65_536])
      assert.deepEqual(await linesOf(text, pieceBytes), lines, `in pieces of ${pieceBytes} bytes`);
  });
}

test('UTF-16 is read if a byte order mark says so', async () => {
  const little = Buffer.from('\uFEFFä\r\n😀\nb', 'utf16le');
  for (const text of [little, Buffer.from(little).swap16()])
    for (const pieceBytes of [1, 3, 65_536]) assert.deepEqual(await linesOf(text, pieceBytes), ['ä', '😀', 'b']);
  await assert.rejects(linesOf(Buffer.from('\uFEFFa\0', 'utf16le'), 1), { name: 'UsageError', message: /NUL byte/ });
});

test('a NUL byte anywhere is an error, after the lines of the chunks before it', async () => {
  const text = Buffer.concat([Buffer.from('a\n'.repeat(100_000)), Buffer.from([0]), Buffer.from('b\n')]);
  let lines = 0;
  await assert.rejects(
    async () => {
      for await (const chunk of splitLines(inPieces(text, 1_000), 'list.txt')) lines += chunk.length;
    },
    (error: Error) => error instanceof UsageError && /^list.txt is not a text list: it contains a NUL byte/.test(error.message),
  );
  assert.equal(lines, 100_000);
});

test('a line is cut to one character more than the maximum', async () => {
  for (const pieceBytes of [1_000, 65_536]) {
    for (const [length, kept] of [
      [MAX_LINE_CHARS, MAX_LINE_CHARS],
      [MAX_LINE_CHARS + 1, MAX_LINE_CHARS + 1],
      [MAX_LINE_CHARS + 2, MAX_LINE_CHARS + 1],
      [200_000, MAX_LINE_CHARS + 1],
    ] as const) {
      for (const end of ['\n', '\r\n', '']) {
        const lines = await linesOf(`a\n${'x'.repeat(length)}${end}${end && 'b'}`, pieceBytes);
        assert.deepEqual(
          lines.map((line) => line.length),
          end === '' ? [1, kept] : [1, kept, 1],
          `${length} characters before ${JSON.stringify(end)} in pieces of ${pieceBytes}`,
        );
      }
    }
  }
  const line = `${'x'.repeat(MAX_LINE_CHARS)}\r${'y'.repeat(50_000)}`;
  assert.equal(
    (await linesOf(`${line}\n`, line.length))[0]?.length,
    MAX_LINE_CHARS + 1,
    'a carriage return at the cut does not make the line short enough',
  );
});

test('a line of 100 MB is not held in memory', async () => {
  const piece = Buffer.alloc(1024 * 1024, 'x');
  let mostBytes = 0;
  async function* endless(): AsyncGenerator<Uint8Array> {
    for (let count = 0; count < 100; count++) {
      yield piece;
      mostBytes = Math.max(mostBytes, process.memoryUsage().heapUsed);
    }
    yield Buffer.from('\nb\n');
  }
  const beforeBytes = process.memoryUsage().heapUsed;
  const lines: string[] = [];
  for await (const chunk of splitLines(endless(), 'list.txt')) lines.push(...chunk);
  assert.deepEqual(
    lines.map((line) => line.length),
    [MAX_LINE_CHARS + 1, 1],
  );
  assert.ok(mostBytes - beforeBytes < 50_000_000, `${mostBytes - beforeBytes} bytes of heap more`);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UsageError } from '../../src/model/errors.ts';
import type { Source } from '../../src/producer/sources/source.ts';
import { readServices } from '../../src/watch/read-services.ts';

function source(name: string, ...chunks: string[][]): Source {
  return {
    name,
    live: false,
    async *lines() {
      yield* chunks;
    },
  };
}

const read = (...sources: Source[]) => readServices(sources, new AbortController().signal);

test('services are in the order of the sources and their lines', async () => {
  const services = await read(
    source('a.txt', ['# mine', 'http://a.test/'], ['', 'http://b.test/ 204']),
    source('b.txt', ['http://c.test/']),
  );
  assert.deepEqual(
    services.map(({ url, accept }) => [url, accept]),
    [
      ['http://a.test/', undefined],
      ['http://b.test/', '204'],
      ['http://c.test/', undefined],
    ],
  );
});

test('every bad line is listed with its file and number, up to twenty', async () => {
  await assert.rejects(read(source('a.txt', ['http://a.test/', 'oops'])), {
    name: 'UsageError',
    message: 'a.txt:2: "oops": not a URL: add a scheme, as in https://example.com/',
  });
  const many = source('b.txt', ['http://a.test/ <'], Array<string>(30).fill('oops'));
  await assert.rejects(read(source('a.txt', ['x']), many), (error) => {
    assert.ok(error instanceof UsageError);
    const lines = error.message.split('\n');
    assert.deepEqual([lines.length, lines[0], lines.at(-1)], [22, '32 lines are not valid:', '  and 12 more']);
    assert.match(lines[2] ?? '', /^ {2}b\.txt:1: < needs a latency after it/);
    return true;
  });
});

test('a list without services is refused', async () => {
  await assert.rejects(read(source('a.txt', ['# nothing', ''])), {
    name: 'UsageError',
    message: 'no service to watch in a.txt: write one URL per line',
  });
});

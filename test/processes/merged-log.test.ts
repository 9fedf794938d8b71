import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Log } from '../../src/model/log.ts';
import { MergedLog } from '../../src/processes/merged-log.ts';

test('a line that several processes write appears as often as from the one that wrote it most often', () => {
  const written: string[] = [];
  const write = (_: object, message: string) => void written.push(message);
  const merged = new MergedLog({ debug: write, info: write, warn: write, error: write } satisfies Log);
  const [a, b] = [merged.open(), merged.open()];
  a.warn({}, 'shortage');
  b.warn({}, 'shortage');
  b.warn({}, 'shortage');
  a.warn({}, 'shortage');
  a.warn({ run: 'x' }, 'module');
  b.warn({ run: 'y' }, 'module');
  b.error({}, 'only here');
  assert.deepEqual(written, ['shortage', 'shortage', 'module', 'module', 'only here']);
});

test('texts beyond the limit of remembered ones are all written', () => {
  let lines = 0;
  const write = () => void lines++;
  const merged = new MergedLog({ debug: write, info: write, warn: write, error: write });
  const log = merged.open();
  for (let text = 0; text < 2_500; text++) log.info({}, `text ${text}`);
  assert.equal(lines, 2_500);
});

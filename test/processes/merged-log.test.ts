import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Log } from '../../src/model/log.ts';
import { MergedLog } from '../../src/processes/merged-log.ts';

test('a line that several processes write appears as often as from the one that wrote it most often', () => {
  const written: string[] = [];
  const write = (_: object, message: string) => void written.push(message);
  const merged = new MergedLog({ debug: write, info: write, warn: write, error: write } satisfies Log);
  const [a, b] = [merged.open(), merged.open()];
  a.warn({ event: 'shortage' }, 'shortage');
  b.warn({ event: 'shortage' }, 'shortage');
  b.warn({ event: 'shortage' }, 'shortage');
  a.warn({ event: 'shortage' }, 'shortage');
  a.warn({ event: 'map-unusable', run: 'x' }, 'module');
  b.warn({ event: 'map-unusable', run: 'y' }, 'module');
  b.error({ event: 'shortage' }, 'only here');
  assert.deepEqual(written, ['shortage', 'shortage', 'module', 'module', 'only here']);
});

test('texts beyond the limit of remembered ones are all written', () => {
  let lines = 0;
  const write = () => void lines++;
  const merged = new MergedLog({ debug: write, info: write, warn: write, error: write });
  const log = merged.open();
  for (let text = 0; text < 2_500; text++) log.info({ event: 'shortage' }, `text ${text}`);
  assert.equal(lines, 2_500);
});

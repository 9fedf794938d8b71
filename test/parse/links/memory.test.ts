import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { DocumentLinks } from '../../../src/parse/links/found-links.ts';
import { read } from './read-document.ts';

test('the links do not keep their documents in memory', async () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const kept: DocumentLinks[] = [];
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  for (let count = 0; count < 20; count++) {
    const markup = `<a href="some/longer/path/${count}.html"><p id="a-longer-id-${count}"><a href="http://[some-longer-host-${count}">`;
    kept.push(await read(markup + ' '.repeat(1_000_000), { anchors: true }));
  }
  collectGarbage();
  const grownBytes = process.memoryUsage().heapUsed - before;
  assert.ok(grownBytes < 5_000_000, `${grownBytes} bytes for ${kept.length} documents`);
});

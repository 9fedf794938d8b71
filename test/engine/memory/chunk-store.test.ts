import assert from 'node:assert/strict';
import fs, { closeSync, fstatSync, mkdtempSync, openSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Chunk, ChunkStore } from '../../../src/engine/memory/chunk-store.ts';
import { FrontierDiskError } from '../../../src/model/errors.ts';

test('keeps chunks in memory while there is room and the rest in a file, which it creates only when needed', (t) => {
  const folder = folderOf(t);
  const store = storeIn(t, folder, 10);
  const small = store.put('12345');
  const path = join(folder, 'waiting');
  writeFileSync(path, 'of another process');
  assert.equal(store.bytesInMemory, 5);
  const texts = ['a text that is too long', 'h\u00e9 \u{1f600}', 'x'.repeat(100_000)];
  const chunks = texts.map((text) => store.put(text));
  assert.deepEqual(readdirSync(folder), [], 'what had the name before is gone, and the file itself has none');
  assert.equal(store.bytesInMemory, 5);
  assert.equal(store.take(small), '12345');
  assert.deepEqual(
    chunks.map((chunk) => store.take(chunk)),
    texts,
  );
  assert.equal(store.bytesInMemory, 0);
});

test('reuses the file from its beginning once everything in it was taken', (t) => {
  const store = storeIn(t, folderOf(t), 0);
  const placeOf = (chunk: Chunk) => ('at' in chunk ? chunk.at : Number.NaN);
  const [first, second] = [store.put('first'), store.put('second')];
  assert.deepEqual([placeOf(first), placeOf(second)], [0, 5]);
  store.take(first);
  assert.equal(placeOf(store.put('third')), 11);
  assert.equal(store.take(second), 'second');
});

test('does not follow a link that already has the name of its file', (t) => {
  const folder = folderOf(t);
  const victim = join(folder, 'victim');
  writeFileSync(victim, 'precious');
  symlinkSync(victim, join(folder, 'waiting'));
  const store = storeIn(t, folder, 0);
  assert.equal(store.take(store.put('text')), 'text');
  const file = openSync(victim, 'r');
  assert.equal(fstatSync(file).size, 'precious'.length);
  closeSync(file);
});

test('reports the path of a file that cannot be created, and the reason', (t) => {
  const store = storeIn(t, join(folderOf(t), 'missing'), 0);
  assert.throws(
    () => store.put('text'),
    (error) => error instanceof FrontierDiskError && /missing.waiting: ENOENT/.test(error.message),
  );
});

test('keeps texts in memory while the process cannot open files', (t) => {
  const store = storeIn(t, folderOf(t), 0);
  const open = t.mock.method(fs, 'openSync', () => {
    throw Object.assign(new Error('EMFILE: too many open files'), { code: 'EMFILE' });
  });
  syncBuiltinESMExports();
  const first = store.put('first');
  open.mock.restore();
  syncBuiltinESMExports();
  assert.equal(store.bytesInMemory, 5);
  const second = store.put('second');
  assert.equal(store.bytesInMemory, 5, 'the next one goes into the file');
  assert.deepEqual([store.take(first), store.take(second)], ['first', 'second']);
});

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'trawl-chunks-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

function storeIn(t: TestContext, folder: string, mostInMemory: number): ChunkStore {
  const store = new ChunkStore(join(folder, 'waiting'), { mostInMemory });
  t.after(() => store.close());
  return store;
}

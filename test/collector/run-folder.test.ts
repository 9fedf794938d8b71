import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { asDiskError, CollectorDiskError } from '../../src/collector/disk-error.ts';
import { discardRunFolder, findRunFolder, openRunFolder, readRunFile, writeRunFile } from '../../src/collector/run-folder.ts';
import { UsageError } from '../../src/model/errors.ts';
import type { RunSummary } from '../../src/model/run-summary.ts';
import { OPTIONS, RUN } from './scripted-engine.ts';
import { tempDir } from './temp-dir.ts';

const SUMMARY: RunSummary = {
  run: RUN,
  state: 'ended',
  startedAt: '2026-01-02T03:04:05.000Z',
  endedAt: '2026-01-02T03:05:05.000Z',
  books: { submitted: 3, duplicates: 0, accepted: 3, discovered: 0, rows: 3, ok: 3, failed: 0, skipped: 0, balanced: true },
  sources: ['urls.txt'],
};

test('a folder is created once and found again with the same identity', async (t) => {
  const dataDir = join(await tempDir(t), '.trawl', 'runs');
  assert.equal(await findRunFolder(dataDir, RUN), undefined);
  const made = await openRunFolder(dataDir, RUN, Date.UTC(2026, 0, 2));
  assert.equal(made.isNew, true);
  assert.equal(made.path, join(dataDir, RUN));
  assert.equal((await readRunFile(made)).summary.state, 'running');
  assert.equal((await readRunFile(made)).summary.startedAt, '2026-01-02T00:00:00.000Z');
  const found = await findRunFolder(dataDir, RUN);
  assert.deepEqual(found, { ...made, isNew: false });
  assert.deepEqual(await openRunFolder(dataDir, RUN), found);
});

test('a folder says from the start how its crawl was begun; one that exists keeps what it says', async (t) => {
  const dataDir = await tempDir(t);
  const begun = { engine: 'memory', sources: [{ kind: 'file', name: 'urls.txt', at: '/urls.txt' }] } as const;
  const options = { ...OPTIONS, headers: [['Authorization', 'Bearer secret']] as const };
  const folder = await openRunFolder(dataDir, RUN, Date.UTC(2026, 0, 2), { begun, options });
  const file = await readRunFile(folder);
  assert.deepEqual(file.begun, begun);
  assert.equal(file.summary.state, 'running');
  assert.equal(file.options?.timeoutMs, OPTIONS.timeoutMs);
  assert.doesNotMatch(await readFile(folder.runFile, 'utf8'), /secret/);
  await openRunFolder(dataDir, RUN, Date.UTC(2026, 0, 3), { begun: { ...begun, engine: 'redis' }, options });
  assert.deepEqual(await readRunFile(folder), file);
});

test('processes that open a folder at the same time agree on its identity', async (t) => {
  const dataDir = await tempDir(t);
  const folders = await Promise.all(Array.from({ length: 12 }, () => openRunFolder(dataDir, RUN)));
  assert.equal(new Set(folders.map((folder) => folder.identity)).size, 1);
  assert.equal(folders.filter((folder) => folder.isNew).length, 1);
  assert.deepEqual(await readdir(join(dataDir, RUN)), ['run.json']);
});

test('Git ignores a .trawl folder that we created; an existing one is not changed', async (t) => {
  const dir = await tempDir(t);
  await openRunFolder(join(dir, '.trawl', 'runs'), RUN);
  assert.equal(await readFile(join(dir, '.trawl', '.gitignore'), 'utf8'), '*\n');
  await mkdir(join(dir, 'other', '.trawl', 'runs'), { recursive: true });
  await openRunFolder(join(dir, 'other', '.trawl', 'runs'), RUN);
  await assert.rejects(stat(join(dir, 'other', '.trawl', '.gitignore')), { code: 'ENOENT' });
  await openRunFolder(join(dir, 'reports'), RUN);
  assert.deepEqual(await readdir(join(dir, 'reports')), [RUN]);
});

test('run.json has summary and options, and keeps its identity', async (t) => {
  const dataDir = await tempDir(t);
  const folder = await openRunFolder(dataDir, RUN);
  await writeRunFile(folder, { summary: SUMMARY, options: OPTIONS });
  assert.deepEqual(await readRunFile(folder), { summary: SUMMARY, options: OPTIONS });
  assert.equal((await findRunFolder(dataDir, RUN))?.identity, folder.identity);
  assert.deepEqual(await readdir(folder.path), ['run.json']);
});

test('secrets in headers are not written; references to them are', async (t) => {
  const folder = await openRunFolder(await tempDir(t), RUN);
  const secrets = [
    ['Authorization', 'Bearer s3cret'],
    ['proxy-authorization', 'Basic s3cret'],
    ['Cookie', 'a=s3cret'],
    ['X-Api-Key', 's3cret'],
    ['X-CSRF-Token', 's3cret'],
    ['X-Plain', 'bearer s3cret'],
    ['Authorization', 'env:TOKEN and s3cret'],
  ] as const;
  const harmless = [
    ['Accept', 'text/html'],
    ['Authorization', 'env:API_TOKEN'],
    ['Accept-Language', 'de'],
    ['X-Monkey', 'banana'],
  ] as const;
  await writeRunFile(folder, { summary: SUMMARY, options: { ...OPTIONS, headers: [...secrets, ...harmless] } });
  assert.doesNotMatch(await readFile(folder.runFile, 'utf8'), /s3cret/);
  const { options } = await readRunFile(folder);
  assert.deepEqual(options?.headers, [...secrets.map(([name]) => [name, '[redacted]']), ...harmless]);
});

test('if nothing can be written, the message says what to do', async (t) => {
  const dir = await tempDir(t);
  await writeFile(join(dir, 'file'), '');
  await assert.rejects(openRunFolder(join(dir, 'file'), RUN), (error: Error) => {
    return error instanceof UsageError && /^cannot write in .*file.*or choose another folder with --data-dir$/.test(error.message);
  });
});

test('a run id that would leave the data folder is refused', async (t) => {
  const dataDir = await tempDir(t);
  await assert.rejects(openRunFolder(dataDir, '../elsewhere'), UsageError);
  assert.equal(await findRunFolder(dataDir, '..'), undefined);
});

test('a damaged or newer run.json is refused with its path', async (t) => {
  const dataDir = await tempDir(t);
  const { runFile } = await openRunFolder(dataDir, RUN);
  for (const text of ['', '{"sch', 'null', '{}', '{"schema":1}']) {
    await writeFile(runFile, text);
    await assert.rejects(
      findRunFolder(dataDir, RUN),
      (error: Error) => error instanceof UsageError && error.message.includes(runFile),
      text,
    );
  }
  await writeFile(runFile, '{"schema":2,"folder":"x"}');
  await assert.rejects(findRunFolder(dataDir, RUN), /newer version/);
});

test('a folder is discarded only by its creator, and only if it has no log', async (t) => {
  const dataDir = await tempDir(t);
  const made = await openRunFolder(dataDir, RUN);
  await discardRunFolder(await openRunFolder(dataDir, RUN));
  assert.deepEqual(await readdir(dataDir), [RUN], 'not by others');
  await writeFile(made.outcomesFile, '');
  await discardRunFolder(made);
  assert.deepEqual((await readdir(made.path)).sort(), ['outcomes.ndjson', 'run.json']);
  const other = await openRunFolder(dataDir, 'other');
  await discardRunFolder(other);
  assert.deepEqual(await readdir(dataDir), [RUN]);
});

test('a disk error says what happened, where, and what to do; other errors are unchanged', () => {
  const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC', syscall: 'write' });
  const error = asDiskError(RUN, 'runs/x/outcomes.ndjson', full) as CollectorDiskError;
  assert.ok(error instanceof CollectorDiskError);
  assert.match(
    error.message,
    /^cannot write runs\/x\/outcomes.ndjson: the disk is full: free some space \(ENOSPC\), then collect run 2026\S+ again/,
  );
  assert.equal(error.cause, full);
  const bug = new TypeError('x');
  assert.equal(asDiskError(RUN, 'x', bug), bug);
});

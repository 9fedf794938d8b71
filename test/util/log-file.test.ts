import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { compressedName, findLogFile, logEndBytes, openLogAtRandom, readLogBytes } from '../../src/util/log-file.ts';

const TEXT = Array.from({ length: 60_000 }, (_, n) => `{"row":${n}}\n`).join('');

async function newLog(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'trawl-test-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return join(folder, 'outcomes.ndjson');
}

async function read(file: string, endBytes?: number): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of readLogBytes(file, endBytes)) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

for (const kind of ['plain', 'compressed'] as const) {
  test(`reads a ${kind} log by the name of the plain file, up to the given end`, async (t) => {
    const file = await newLog(t);
    if (kind === 'plain') await writeFile(file, TEXT);
    else await writeFile(compressedName(file), gzipSync(TEXT));
    assert.equal(await read(file), TEXT);
    for (const endBytes of [0, 1, 300_000, TEXT.length, TEXT.length + 1]) assert.equal(await read(file, endBytes), TEXT.slice(0, endBytes));
    assert.equal(await logEndBytes(file), kind === 'plain' ? TEXT.length : Number.POSITIVE_INFINITY);
    assert.equal((await findLogFile(file))?.isCompressed, kind === 'compressed');

    const log = await openLogAtRandom(file);
    const { buffer, bytesRead } = await log.handle.read(Buffer.alloc(100), 0, 100, 500_000);
    await log.close();
    assert.equal(buffer.toString('utf8', 0, bytesRead), TEXT.slice(500_000, 500_100));
  });
}

test('reads a compressed file by its own name too', async (t) => {
  const file = compressedName(await newLog(t));
  await writeFile(file, gzipSync(TEXT));
  assert.equal(await read(file), TEXT);
});

test('the plain log counts if both exist, and a log that is compressed while it is read is read to its end', async (t) => {
  const file = await newLog(t);
  await writeFile(file, TEXT);
  await writeFile(compressedName(file), gzipSync('old'));
  assert.equal(await read(file), TEXT);
  await writeFile(compressedName(file), gzipSync(TEXT));
  const chunks: Buffer[] = [];
  for await (const chunk of readLogBytes(file)) {
    if (chunks.length === 0) await unlink(file);
    chunks.push(chunk);
  }
  assert.equal(Buffer.concat(chunks).toString(), TEXT);
  assert.equal(await read(file), TEXT);
});

test('a log that is missing or truncated is an error', async (t) => {
  const file = await newLog(t);
  await assert.rejects(read(file), { code: 'ENOENT', message: /outcomes\.ndjson'/ });
  await assert.rejects(logEndBytes(file), { code: 'ENOENT' });
  assert.equal(await findLogFile(file), undefined);
  await writeFile(compressedName(file), gzipSync(TEXT).subarray(0, -20));
  await assert.rejects(read(file), { code: 'Z_BUF_ERROR' });
});

test('random reads of a compressed log leave no temporary file', async (t) => {
  const file = await newLog(t);
  await writeFile(compressedName(file), gzipSync(TEXT));
  const temporary = async () => (await readdir(tmpdir())).filter((name) => name.startsWith('trawl-log-'));
  const before = await temporary();
  const log = await openLogAtRandom(file);
  const during = await temporary();
  await log.close();
  assert.deepEqual(
    during.filter((name) => !before.includes(name)),
    [],
  );
});

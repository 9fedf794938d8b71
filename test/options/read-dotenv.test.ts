import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { readDotenv } from '../../src/options/read-dotenv.ts';

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'trawl-dotenv-'));
  try {
    await work(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

test('the file is read without changing the environment of the process', () =>
  inFolder(async (folder) => {
    await writeFile(join(folder, '.env'), '# ours\nTRAWL_CONCURRENCY=7\nTOKEN="a b"\n');
    assert.deepEqual(readDotenv(folder), { TRAWL_CONCURRENCY: '7', TOKEN: 'a b' });
    assert.equal(process.env.TRAWL_CONCURRENCY, undefined);
  }));

test('a missing file sets nothing, and neither does a folder with its name', () =>
  inFolder(async (folder) => {
    assert.deepEqual(readDotenv(folder), {});
    await mkdir(join(folder, '.env'));
    assert.deepEqual(readDotenv(folder), {});
  }));

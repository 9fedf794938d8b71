import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { BodyFileError, BodyFiles } from '../../src/worker/body-files.ts';

const KEY = '0123456789abcdef';

async function folder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'trawl-bodies-'));
  t.after(() => rm(path, { recursive: true, force: true }));
  return path;
}

test('a body is saved under its run and key, with a file extension for its content type', async (t) => {
  const path = await folder(t);
  const files = new BodyFiles(join(path, 'not/there/yet'));
  for (const [type, name] of [
    ['text/html; charset=utf-8', `${KEY}.html`],
    ['Image/PNG', `${KEY}.png`],
    ['application/x-strange', `${KEY}.bin`],
    ['../../etc/passwd', `${KEY}.bin`],
    ['constructor', `${KEY}.bin`],
    ['', KEY],
    [undefined, KEY],
  ] as const) {
    const file = await files.save('run', KEY, Buffer.from('body'), type);
    assert.equal(file, `run/01/${name}`);
    assert.equal(await readFile(join(path, 'not/there/yet', file), 'utf8'), 'body');
  }
  await files.save('run', KEY, Buffer.from('again'), 'text/html');
  assert.equal(await readFile(join(path, 'not/there/yet/run/01', `${KEY}.html`), 'utf8'), 'again');
});

test('a body that cannot be saved leaves no file and rejects; a folder that was removed is created again', async (t) => {
  const path = await folder(t);
  const files = new BodyFiles(path);
  await writeFile(join(path, 'run'), 'in the way');
  await assert.rejects(files.save('run', KEY, Buffer.from('body')), BodyFileError);
  assert.equal(files.isBroken, true);
  assert.deepEqual(await readdir(path), ['run']);
  await rm(join(path, 'run'));
  await files.save('run', KEY, Buffer.from('body'));
  await rm(join(path, 'run'), { recursive: true });
  await assert.rejects(files.save('run', KEY, Buffer.from('body')), BodyFileError);
  assert.equal(await files.save('run', KEY, Buffer.from('body')), `run/01/${KEY}`);
});

import assert from 'node:assert/strict';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { lockFolder } from '../../src/cli/folder-lock.ts';
import { openRunFolder } from '../../src/collector/run-folder.ts';
import { tempDir } from '../collector/temp-dir.ts';

test('one process at a time has the folder', async (t) => {
  const folder = await openRunFolder(await tempDir(t), 'run');
  const unlock = await lockFolder(folder, process.pid);
  await assert.rejects(lockFolder(folder, process.pid), { message: /is being crawled by process/ });
  await unlock();
  assert.deepEqual(await readdir(folder.path), ['run.json']);
  await (await lockFolder(folder, process.pid))();
});

for (const text of ['', '{"host":"', '\0\0\0\0']) {
  test(`a lock that a crash of the machine left as ${JSON.stringify(text)} is taken over`, async (t) => {
    const folder = await openRunFolder(await tempDir(t), 'run');
    await writeFile(join(folder.path, 'lock'), text);
    const unlock = await lockFolder(folder, process.pid);
    await unlock();
    assert.deepEqual(await readdir(folder.path), ['run.json']);
  });
}

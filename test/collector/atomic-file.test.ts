import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { createFile } from '../../src/collector/atomic-file.ts';
import { TYPESCRIPT_FLAGS } from '../helpers/typescript-flags.ts';
import { tempDir } from './temp-dir.ts';

const MODULE = new URL('../../src/collector/atomic-file.ts', import.meta.url).href;

for (const lifetime of ['lasting', 'process'] as const) {
  test(`a file (${lifetime}) is created once, with its whole text`, async (t) => {
    const dir = await tempDir(t);
    const path = join(dir, 'a.json');
    assert.equal(await createFile(path, 'first', lifetime), true);
    assert.equal(await createFile(path, 'second', lifetime), false);
    assert.equal(await readFile(path, 'utf8'), 'first');
    assert.deepEqual(await readdir(dir), ['a.json']);
  });
}

test('a file that does not fit on the disk leaves nothing behind', async (t) => {
  const dir = await tempDir(t);
  const script = `import { createFile } from ${JSON.stringify(MODULE)};
    await createFile(${JSON.stringify(join(dir, 'a.json'))}, 'x'.repeat(1_000_000));`;
  const node = [process.execPath, ...TYPESCRIPT_FLAGS, '--input-type=module', '--eval', script];
  const { stderr } = spawnSync('bash', ['-c', `trap '' XFSZ; ulimit -f 200; exec "$@"`, 'bash', ...node], { encoding: 'utf8' });
  assert.match(stderr, /EFBIG/);
  assert.deepEqual(await readdir(dir), []);
});

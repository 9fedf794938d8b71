import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

export { until } from '../helpers/until.ts';

/** Creates a folder that is removed when the test ends. */
export async function tempDir(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'trawl-test-'));
  t.after(() => rm(path, { recursive: true, force: true }));
  return path;
}

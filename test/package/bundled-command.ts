import { execFile } from 'node:child_process';
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { scratchFolder } from '../cli/run-cli.ts';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** The command, bundled as in the package, and an empty folder. `npm test` provides the command; if a test file is run by itself, it is bundled here. */
export async function bundledCommand(t: TestContext): Promise<{ folder: string; main: string }> {
  const folder = await scratchFolder(t);
  const { TRAWL_TEST_CLI: main } = process.env;
  if (main !== undefined) return { folder, main };
  await mkdir(join(folder, 'dist'));
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  await run(process.execPath, [join(ROOT, 'scripts/bundle.js'), join(folder, 'dist/cli')], { cwd: ROOT });
  return { folder, main: join(folder, 'dist/cli/main.js') };
}

import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export interface Packed {
  /** The file that npm would publish. */
  file: string;
  /** The paths in it. */
  paths: string[];
}

let packing: Promise<Packed> | undefined;

/** Packs Trawl as it is published, once for all tests of this process. */
export function packed(): Promise<Packed> {
  packing ??= pack();
  return packing;
}

async function pack(): Promise<Packed> {
  const folder = await mkdtemp(join(tmpdir(), 'trawl-packed-'));
  remove = () => rm(folder, { recursive: true, force: true });
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder], { cwd: ROOT });
  const [{ filename, files }] = JSON.parse(stdout.slice(stdout.indexOf('[\n'))) as [{ filename: string; files: Array<{ path: string }> }];
  return { file: join(folder, filename), paths: files.map(({ path }) => path) };
}

let remove = async () => {};
after(() => remove());

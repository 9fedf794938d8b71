import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { scratchFolder } from '../cli/run-cli.ts';
import { startSite } from '../helpers/site.ts';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const QUIET = ['--no-audit', '--no-fund'];

const MAP_REDUCE = `
export const map = ({ url, $ }) => ({ path: new URL(url).pathname, links: $('a').length });
export const initial = [];
export const reduce = (all, { path }) => [...all, path];
`;

/** It takes two minutes of registry access and of both processors. `.ci/run` installs a clone too. */
const IS_WANTED = { skip: process.env.TEST_GIT_INSTALL === '1' ? false : 'TEST_GIT_INSTALL=1 runs it' };

/** A clone of this working tree, including uncommitted changes. */
async function clone(t: TestContext): Promise<string> {
  const folder = join(await scratchFolder(t), 'clone');
  const { stdout: listed } = await run('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: ROOT });
  await mkdir(folder);
  const script = 'tar -c --null --ignore-failed-read -T - 2>/dev/null | tar -x -C "$0"';
  const copying = run('bash', ['-c', script, folder], { cwd: ROOT });
  copying.child.stdin?.end(listed);
  await copying;
  const git = (...args: string[]) => run('git', ['-c', 'user.name=t', '-c', 'user.email=t@example', ...args], { cwd: folder });
  await git('init', '-q');
  await git('add', '-A');
  await git('commit', '-qm', 'all');
  return folder;
}

test('the package that npm makes from a Git URL can be installed anywhere and used from any folder', IS_WANTED, async (t) => {
  const source = await clone(t);
  const site = await startSite();
  t.after(() => site.close());
  const url = `git+file://${source}`;

  // npm packs a Git URL as it installs one: it clones, installs the build dependencies, and runs `prepare`.
  const folder = await scratchFolder(t);
  const { stdout } = await run('npm', ['pack', '--silent', url], { cwd: folder });
  const installed = await run('npm', ['install', '-g', ...QUIET, '--prefix', join(folder, 'global'), `./${stdout.trim()}`], {
    cwd: folder,
  });
  // A package from Git keeps `prepare`, which npm warns about; no dependency has a script.
  const scripts = [...installed.stderr.matchAll(/install-scripts +(\S+)@\S+ \(/g)].map(([, name]) => name);
  assert.deepEqual(
    scripts.filter((name) => name !== 'trawl'),
    [],
  );
  const trawl = join(folder, 'global/bin/trawl');

  const elsewhere = await scratchFolder(t);
  await writeFile(join(elsewhere, 'both.mjs'), MAP_REDUCE);
  // No user, not even root, can create a folder below this one, so the command runs without its compile cache.
  const env = { ...process.env, HOME: '/proc', XDG_CACHE_HOME: '/proc' };
  const args = ['--map', 'both.mjs', '--reduce', 'both.mjs', '-f', 'result', `${site.origin}/`];
  assert.equal((await run(trawl, args, { cwd: elsewhere, env })).stdout, '[\n  "/"\n]\n');
});

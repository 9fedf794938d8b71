import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import module from 'node:module';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { startSite } from '../helpers/site.ts';
import { bundledCommand } from './bundled-command.ts';

const run = promisify(execFile);

/** A crawl of a URL that refuses connections. Its code is 2. */
const CRAWL = ['--retries', '0', 'http://127.0.0.1:1/'];

interface Started {
  folder: string;
  /** The folder of the caches. */
  caches: string;
  start(args: readonly string[], variables?: Record<string, string>): Promise<{ code: number; stdout: string; stderr: string }>;
}

async function installed(t: TestContext): Promise<Started> {
  const { folder, main } = await bundledCommand(t);
  const environment = { PATH: process.env.PATH, XDG_CACHE_HOME: join(folder, 'cache') };
  return {
    folder,
    caches: join(folder, 'cache/trawl/compiled'),
    start: async (args, variables) => {
      const options = { cwd: folder, env: { ...environment, ...variables } };
      const { code = 0, stdout, stderr } = await run(process.execPath, [main, ...args], options).catch((error) => error);
      return { code, stdout, stderr };
    },
  };
}

/** The files of the folder with their identities, which change when a file is replaced. */
async function identities(folder: string): Promise<Record<string, number>> {
  const names = await readdir(folder);
  const files = await Promise.all(names.map((name) => stat(join(folder, name))));
  return Object.fromEntries(names.map((name, at) => [name, files[at]?.ino ?? assert.fail()]));
}

/** Node 22.1 and later do this themselves. */
const isBuiltIn = 'enableCompileCache' in module;

describe('the compiled code of the command', { skip: isBuiltIn && 'this version of Node has its own cache' }, () => {
  it('is saved by the first run and used by the next', async (t) => {
    const { caches, start } = await installed(t);
    assert.equal((await start(CRAWL)).code, 2);
    const saved = await identities(caches);
    const names = ['commander', 'program', 'undici'].map((name) => `crawl-${name}.js.cache`);
    assert.deepEqual(Object.keys(saved).sort(), names);
    const second = await start(CRAWL);
    assert.equal(second.code, 2);
    assert.match(second.stdout, /^http:\/\/127\.0\.0\.1:1\/ +refused /m);
    assert.deepEqual(await identities(caches), saved);
  });

  it('is replaced if it is damaged or belongs to other code', async (t) => {
    const { caches, start } = await installed(t);
    await start(CRAWL);
    const cache = join(caches, 'crawl-program.js.cache');
    const intact = await readFile(cache);
    const flipped = Buffer.from(intact);
    flipped.writeUInt8(flipped.readUInt8(flipped.length >> 1) ^ 1, flipped.length >> 1);
    const damages = { flipped, cut: intact.subarray(0, intact.length >> 1), empty: Buffer.alloc(0) };
    for (const [damage, content] of Object.entries(damages)) {
      await writeFile(cache, content);
      const { code, stderr } = await start(CRAWL);
      assert.deepEqual({ code, stderr: /internal error/.test(stderr) }, { code: 2, stderr: false }, damage);
      assert.ok(!(await readFile(cache)).equals(content), damage);
    }
  });

  it('loads packages and modules of the user', async (t) => {
    const { folder, start } = await installed(t);
    await writeFile(join(folder, 'urls.csv'), 'url\nhttp://127.0.0.1:1/\n');
    await writeFile(
      join(folder, 'count.mjs'),
      'export const initial = 6;\nexport const reduce = (count) => count;\nexport const finish = (count) => count + 1;\n',
    );
    const args = ['urls.csv', '--retries', '0', '--reduce', './count.mjs'];
    for (const time of ['first', 'second']) {
      const { code, stdout, stderr } = await start(args);
      assert.equal(code, 2, `${time} time: ${stderr}`);
      assert.match(stdout, /^7$/m);
    }
  });

  it('is saved and used by processes that fetch, which still load modules of the user', async (t) => {
    const { folder, caches, start } = await installed(t);
    const site = await startSite((_request, response) => void response.end('ok'));
    t.after(() => site.close());
    await writeFile(join(folder, 'length.mjs'), 'export const map = ({ body }) => body.length;\n');
    const args = ['--processes', '2', '--map', './length.mjs', '-f', 'json', ...[1, 2, 3, 4].map((page) => `${site.origin}/${page}`)];
    const crawl = async () => {
      const { code, stdout, stderr } = await start(args);
      assert.equal(code, 0, stderr);
      assert.equal(stdout.match(/"data":\[2\]/g)?.length, 4, stdout);
    };
    await crawl();
    const saved = await identities(caches);
    assert.ok('process-work-program.js.cache' in saved && 'process-undici.js.cache' in saved, Object.keys(saved).join());
    await crawl();
    assert.deepEqual(await identities(caches), saved);
  });

  it('is kept apart for commands that run other code', async (t) => {
    const { caches, start } = await installed(t);
    await start(['report', 'latest']);
    assert.ok((await readdir(caches)).includes('report-program.js.cache'));
  });

  it('is not used if another user could have written it', async (t) => {
    const { caches, start } = await installed(t);
    await start(CRAWL);
    const saved = await identities(caches);
    await rm(join(caches, 'crawl-program.js.cache'));
    await chmod(caches, 0o777);
    assert.equal((await start(CRAWL)).code, 2);
    assert.equal(Object.keys(await identities(caches)).length, Object.keys(saved).length - 1);
  });

  it('is neither saved nor used if Node is told not to cache, and not needed to start', async (t) => {
    const { caches, start } = await installed(t);
    assert.equal((await start(CRAWL, { NODE_DISABLE_COMPILE_CACHE: '1' })).code, 2);
    await assert.rejects(readdir(caches), { code: 'ENOENT' });
    const { code, stderr } = await start(CRAWL, { XDG_CACHE_HOME: '/dev/null/nowhere' });
    assert.deepEqual({ code, stderr: /cache|ENOTDIR/.test(stderr) }, { code: 2, stderr: false });
  });
});

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Outcome } from '../../src/model/outcome.ts';
import { until } from '../contracts/crew.ts';
import { testRedis } from '../helpers/redis-server.ts';
import { startSite } from '../helpers/site.ts';
import { runCli, scratchFolder, startCli } from './run-cli.ts';

const TITLES = `export function map({ url }) { console.log('mapping'); return new URL(url).search; }`;

async function start(t: test.TestContext, count: number) {
  const site = await startSite();
  t.after(() => site.close());
  const cwd = await scratchFolder(t);
  await writeFile(join(cwd, 'urls.txt'), Array.from({ length: count }, (_, n) => `${site.origin}/get?n=${n}\n`).join(''));
  return { site, cwd };
}

test('crawl --map puts the map result into the rows, and keeps what the map prints out of the report', async (t) => {
  const { cwd } = await start(t, 3);
  await writeFile(join(cwd, 'titles.mjs'), TITLES);
  const { code, stdout, stderr } = await runCli(['--map', 'titles.mjs', '-f', 'ndjson', '--order', 'input', 'urls.txt'], { cwd });
  assert.equal(code, 0, stderr);
  const rows = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Outcome);
  assert.deepEqual(
    rows.map(({ data }) => data),
    [['?n=0'], ['?n=1'], ['?n=2']],
  );
  assert.match(stderr, /mapping/);
});

test('pages whose map fails are failures, named in the table and counted by --fail-on', async (t) => {
  const { cwd } = await start(t, 3);
  await writeFile(join(cwd, 'x.mjs'), `export function map({ url }) { if (url.endsWith('1')) throw new Error('one too many'); }`);
  const failed = await runCli(['--map', 'x.mjs', '-f', 'table', '-f', 'csv', '-o', 'rows.csv', 'urls.txt'], { cwd });
  assert.equal(failed.code, 2, failed.stderr);
  assert.match(failed.stdout, /n=1 +map-failed +\d+B/);
  assert.match(failed.stdout, /Total: 3 URLs, 2 success, 1 failed/);
  assert.match(await readFile(join(cwd, 'rows.csv'), 'utf8'), /the map threw: one too many \(x\.mjs:1:\d+\)/);
  const gated = await runCli(['--map', 'x.mjs', '--fail-on', 'broken', 'urls.txt'], { cwd });
  assert.equal(gated.code, 0, gated.stderr);
});

test('an unusable map module is exit 3 before anything is fetched', async (t) => {
  const { site, cwd } = await start(t, 1);
  const missing = await runCli(['--map', 'nowhere.mjs', 'urls.txt'], { cwd });
  assert.equal(missing.code, 3);
  assert.match(missing.stderr, /^trawl: there is no map module nowhere\.mjs .*--map FILE is a path from the working directory$/m);
  await writeFile(join(cwd, 'x.mjs'), 'export const map = 1;');
  const useless = await runCli(['--map', 'x.mjs', 'urls.txt'], { cwd });
  assert.equal(useless.code, 3);
  assert.match(useless.stderr, /^trawl: the map module x\.mjs cannot be used: it exports no function map/m);
  assert.equal(site.hits.length, 0);
});

test('a worker without the module logs it once, leaves the run to one that has it, and joins once it has it too', async (t) => {
  const { cwd } = await start(t, 300);
  const env = { TRAWL_REDIS_URL: await testRedis(), TRAWL_PREFIX: `test-${randomUUID()}` };
  const [able, unable] = [join(cwd, 'able'), join(cwd, 'unable')];
  await mkdir(able);
  await mkdir(unable);
  await writeFile(join(able, 'titles.mjs'), TITLES);
  const worker = (folder: string) => startCli(['worker', '-c', '5'], { cwd: folder, env });
  const [first, second] = [worker(unable), worker(able)];
  await first.said('worker started');
  await second.said('worker started');

  const collected = async (): Promise<Outcome[]> => {
    const enqueued = await runCli(['enqueue', '--map', 'titles.mjs', 'urls.txt'], { cwd, env });
    assert.equal(enqueued.code, 0, enqueued.stderr);
    const run = enqueued.stdout.trim();
    const { code, stderr } = await runCli(['collect', run], { cwd, env });
    assert.equal(code, 0, stderr);
    const log = await readFile(join(cwd, '.trawl/runs', run, 'outcomes.ndjson'), 'utf8');
    return log
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Outcome);
  };
  const rows = await collected();
  assert.deepEqual([rows.length, rows.filter(({ data }) => data?.length === 1).length], [300, 300]);
  assert.deepEqual([...new Set(rows.map(({ worker: name }) => name?.endsWith(`-${second.child.pid}`)))], [true]);

  second.child.kill('SIGTERM');
  await second.result;
  await writeFile(join(unable, 'titles.mjs'), TITLES);
  assert.equal((await collected()).length, 300);
  first.child.kill('SIGTERM');
  const { stderr } = await first.result;
  assert.equal(stderr.split('there is no map module titles.mjs').length, 2, stderr);
  assert.match(stderr, /its URLs wait for a worker that has it/);
});

test('a worker loads no module outside its folder, and never a page that it saved', async (t) => {
  const site = await startSite((_, response) => {
    response.writeHead(200, { 'Content-Type': 'text/javascript' });
    response.end(`import { writeFileSync } from 'node:fs'; writeFileSync('ran', ''); export const map = () => 'ran';`);
  });
  t.after(() => site.close());
  const cwd = await scratchFolder(t);
  const folder = join(cwd, 'worker');
  await mkdir(folder);
  await writeFile(join(cwd, 'urls.txt'), `${site.origin}/page\n`);
  await writeFile(join(cwd, 'x.mjs'), `export const map = () => 'mapped';`);
  const env = { TRAWL_REDIS_URL: await testRedis(), TRAWL_PREFIX: `test-${randomUUID()}` };
  const worker = startCli(['worker', '--save-bodies', 'bodies'], { cwd: folder, env });
  await worker.said('worker started');
  const { stdout } = await runCli(['crawl', '--no-work', '-f', 'ndjson', 'urls.txt'], { cwd, env });
  const { bodyFile } = JSON.parse(stdout) as Outcome;
  for (const map of [`bodies/${bodyFile}`, '../x.mjs'])
    assert.equal((await runCli(['enqueue', '--map', map, 'urls.txt'], { cwd, env })).code, 0);
  await worker.said('which holds fetched pages, and those are never run');
  await worker.said('../x.mjs is refused');
  // The command line of a process that does its own work may name any module.
  const own = await runCli(['crawl', '--map', '../x.mjs', '-f', 'ndjson', '../urls.txt'], { cwd: folder, env });
  assert.deepEqual((JSON.parse(own.stdout) as Outcome).data, ['mapped'], own.stderr);
  worker.child.kill('SIGTERM');
  const { stderr } = await worker.result;
  assert.match(stderr, /start this process with --maps DIR \(TRAWL_MAPS\); its URLs wait for a worker that has it/);
  assert.equal(existsSync(join(folder, 'ran')), false);
});

test('a map in an endless loop ends with its worker, even if that is killed', async (t) => {
  const { cwd } = await start(t, 1);
  await writeFile(join(cwd, 'x.mjs'), `export function map() { console.log('mapper ' + process.pid + ' loops'); for (;;); }`);
  const cli = startCli(['--map', 'x.mjs', '--map-timeout', '10m', 'urls.txt'], { cwd });
  await cli.said(' loops');
  cli.child.kill('SIGKILL');
  // The mapper shares its stderr, which is closed by whichever ends last.
  const { stderr } = await cli.result;
  const [, pid] = /mapper (\d+) loops/.exec(stderr) ?? [];
  await until(() => ['', 'Z'].includes(stateOf(Number(pid))), 'the mapper to be gone');
});

/** A process's state as reported by ps; empty if there is none. */
function stateOf(pid: number): string {
  return spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' })
    .stdout.trim()
    .slice(0, 1);
}

test('pages being mapped are finished after Ctrl-C', async (t) => {
  const { cwd } = await start(t, 1);
  await writeFile(
    join(cwd, 'x.mjs'),
    `import { existsSync } from 'node:fs';
     export function map() {
       process.kill(process.pid, 'SIGINT');
       console.log('mapping');
       return new Promise((resolve) => { const timer = setInterval(() => { if (existsSync('go')) { clearInterval(timer); resolve('done'); } }, 10) });
     }`,
  );
  const cli = startCli(['--map', 'x.mjs', '-f', 'ndjson', 'urls.txt'], { cwd });
  await cli.said('mapping');
  cli.child.kill('SIGINT');
  await cli.said('finishing');
  await writeFile(join(cwd, 'go'), '');
  const { stdout, stderr } = await cli.result;
  assert.deepEqual((JSON.parse(stdout) as Outcome).data, ['done'], stderr);
});

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Outcome } from '../../src/model/outcome.ts';
import { inShell, runCli, scratchFolder, startCli } from '../cli/run-cli.ts';
import { testRedis } from '../helpers/redis-server.ts';
import { startSite } from '../helpers/site.ts';

const URLS = 240;

/** A site that answers after a moment, and a list of its URLs, in a folder of the test's own. */
async function startListedSite(t: TestContext) {
  const cwd = await scratchFolder(t);
  const site = await startSite((_request, response) => void setTimeout(() => response.end('x'), 20));
  t.after(() => site.close());
  await writeFile(join(cwd, 'urls.txt'), Array.from({ length: URLS }, (_, index) => `${site.origin}/${index}`).join('\n'));
  return { cwd, site };
}

/** Makes a process run out of sockets; see the module. */
function shortOfSockets(port: number, settings: Record<string, string>): Record<string, string> {
  const module = import.meta.resolve('./short-of-sockets.mjs');
  return { NODE_OPTIONS: `--import=${module}`, SHORT_PORTS: String(port), ...settings };
}

async function assertAllOk(cwd: string): Promise<void> {
  const { outcomes } = JSON.parse(await readFile(join(cwd, 'r.json'), 'utf8')) as { outcomes: Outcome[] };
  assert.equal(outcomes.length, URLS);
  assert.deepEqual(outcomes.filter(({ ok, attempts }) => !ok || attempts !== 1).slice(0, 3), []);
}

function timesSaid(stderr: string, text: string): number {
  return stderr.split(text).length - 1;
}

const ENGINES: ReadonlyArray<readonly [engine: string, redis: () => Promise<string>]> = [
  ['memory', async () => ''],
  ['Redis', async () => `--redis ${await testRedis()} --prefix short-${randomUUID()}`],
];

for (const [engine, redis] of ENGINES) {
  test(`with few descriptors a crawl on the ${engine} engine lowers its concurrency, and every URL is ok`, async (t) => {
    const { cwd, site } = await startListedSite(t);
    const crawl = `crawl -c 500 --host-concurrency 500 --retries 0 --save-bodies bodies ${await redis()} -f json -o r.json urls.txt`;
    const { code, stderr } = await inShell(`ulimit -n 128; "$@" ${crawl}`, cwd);
    assert.equal(code, 0, stderr);
    await assertAllOk(cwd);
    assert.match(
      stderr,
      /--concurrency 500 needs more open files .*: making \d+ requests at a time\. Raise the limit with `ulimit -n 700`/,
    );
    // The limit was detected before it was reached.
    assert.equal(timesSaid(stderr, 'EMFILE'), 0, stderr);
    assert.ok(site.maxInProgress > 10, `${site.maxInProgress} at once`);
    const [run = ''] = (await readdir(join(cwd, 'bodies'))).filter((name) => !name.startsWith('.'));
    const bodies = await readdir(join(cwd, 'bodies', run), { recursive: true });
    assert.equal(bodies.filter((name) => /\.\w+$|\/\w{16}$/.test(name)).length, URLS);
  });

  test(`a crawl on the ${engine} engine works with few free sockets`, async (t) => {
    const { cwd, site } = await startListedSite(t);
    const args = ['crawl', '-c', '60', '--host-concurrency', '60', '--retries', '0', '--robots', '-f', 'json', '-o', 'r.json', 'urls.txt'];
    const env = shortOfSockets(site.port, { SHORT_OPEN: '8', SHORT_FIRST: '3' });
    const { code, stderr } = await runCli([...args, ...(await redis()).split(' ').filter(Boolean)], { cwd, env });
    assert.equal(code, 0, stderr);
    await assertAllOk(cwd);
    assert.ok(site.maxInProgress <= 8);
    assert.equal(timesSaid(stderr, 'ENOBUFS'), 2, 'once, as a message and as its field');
  });
}

test('a watch does not report a service as down for lack of local ports', async (t) => {
  const { cwd, site } = await startListedSite(t);
  const env = shortOfSockets(site.port, { SHORT_CODE: 'EADDRNOTAVAIL', SHORT_FIRST: '5' });
  const watch = startCli(['watch', '--every', '200ms', '--confirm', '1', `${site.origin}/`], { cwd, env });
  await watch.said('up  ');
  watch.child.kill('SIGTERM');
  const { stdout, stderr } = await watch.result;
  assert.match(stderr, /EADDRNOTAVAIL/);
  assert.doesNotMatch(stdout, /down/);
});

test('a process with almost no file descriptors names the limit to raise, and blames no site', async (t) => {
  const { cwd, site } = await startListedSite(t);
  // Descriptors that are open in the shell are open in the program, too.
  const taken = Array.from({ length: 100 }, (_, index) => `exec ${index + 20}</dev/null`).join('; ');
  const { code, stderr } = await inShell(`ulimit -n 125; exec bash -c '${taken}; exec "$@"' bash "$@" crawl urls.txt`, cwd);
  assert.notEqual(code, 0);
  assert.match(stderr, /ulimit -n/);
  assert.equal(site.hits.length, 0);
});

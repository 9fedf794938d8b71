import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Outcome } from '../../src/model/outcome.ts';
import { until } from '../contracts/crew.ts';
import { selfSignedCertificate } from '../helpers/self-signed.ts';
import { startSite } from '../helpers/site.ts';
import { scaledMs } from '../helpers/until.ts';
import { runCli, scratchFolder, startCli } from './run-cli.ts';

/** The id of the run that a watch started, from its output. */
function runOf(stderr: string): string {
  return /: run (\S+);/.exec(stderr)?.[1] ?? assert.fail(`no run in ${stderr}`);
}

async function rowsOf(cwd: string, run: string): Promise<Outcome[]> {
  const log = await readFile(join(cwd, '.trawl/runs', run, 'outcomes.ndjson'), 'utf8');
  return log
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Outcome);
}

/** The reported changes, without the time in front. */
function changesIn(stdout: string): string[] {
  return stdout.split('\n').flatMap((line) => /^\d{4}-\S+T\S+Z {2}(.*)$/.exec(line)?.[1] ?? []);
}

/** A service whose answers the test controls. */
async function startService(t: TestContext) {
  const service = { body: 'all good', status: 200, delayMs: 0, headers: {} as Record<string, string> };
  const site = await startSite((_request, response) => {
    const { body, status, delayMs, headers } = service;
    const timer = setTimeout(() => response.writeHead(status, headers).end(body), delayMs);
    response.once('close', () => clearTimeout(timer));
  });
  t.after(() => site.close());
  return Object.assign(service, { site, url: `${site.origin}/` });
}

test('a service without a scheme is tried with https first, and with http if https fails', async (t) => {
  const cwd = await scratchFolder(t);
  const site = await startSite();
  t.after(() => site.close());
  const host = new URL(site.origin).host;
  await writeFile(join(cwd, 'services.txt'), `${host}/get\n`);
  const { code, stdout, stderr } = await runCli(['watch', '--scheme', 'auto', '--every', '100ms', '--times', '2', 'services.txt'], { cwd });
  assert.equal(code, 0, stderr);
  assert.match(stdout, new RegExp(`up  https://${host}/get`));
  const rows = await rowsOf(cwd, runOf(stderr));
  assert.deepEqual(
    rows.map(({ verdict, finalUrl }) => [verdict, finalUrl]),
    [1, 2].map(() => ['ok', `http://${host}/get`]),
  );
  const only = await runCli(['watch', '--scheme', 'https', '--every', '100ms', '--times', '1', '--retries', '0', 'services.txt'], { cwd });
  assert.equal(only.code, 2, only.stderr);
  assert.match(only.stdout, new RegExp(`down  https://${host}/get  tls`));
});

test('a service that is stopped and restarted: up, down, recovered; SIGTERM ends the watch with 143', async (t) => {
  const cwd = await scratchFolder(t);
  const site = await startSite();
  const url = `${site.origin}/get`;
  const watch = startCli(['watch', '--every', '200ms', url], { cwd });
  await watch.said(`up  ${url}`);
  await site.close();
  await watch.said(`down  ${url}  refused: `);
  const again = await startSite({ port: site.port });
  t.after(() => again.close());
  await watch.said(`recovered  ${url}  200 after `);
  watch.child.kill('SIGTERM');
  const { code, stdout, stderr } = await watch.result;
  assert.equal(code, 143, stderr);
  assert.deepEqual(
    changesIn(stdout).map((line) => line.split('  ')[0]),
    ['up', 'down', 'recovered'],
  );
  assert.match(stdout, /refused: \S+ refused the connection: nothing listens there \(2 checks in a row\)/);
  assert.match(stdout, /^Service +State +For +Last +Latency +Uptime +Checks$/m);
  assert.match(stdout, /^1 service: 1 up; \d+ rounds in /m);

  const run = runOf(stderr);
  const rows = await rowsOf(cwd, run);
  assert.ok(rows.length >= 5, `${rows.length} checks`);
  const rounds = rows.map(({ meta }) => (meta as { round: number }).round);
  assert.deepEqual(
    rounds,
    [...rounds.keys()].map((index) => index + 1),
  );
  const report = await runCli(['report', run], { cwd });
  assert.equal(report.code, 0, report.stderr);
  assert.match(report.stdout, new RegExp(`^Total: ${rows.length} URLs, `, 'm'));
});

test('status, text and latency are each detected, with the reason', async (t) => {
  const cwd = await scratchFolder(t);
  const service = await startService(t);
  const limitMs = scaledMs(400);
  await writeFile(join(cwd, 'services.txt'), `# mine\n\n${service.url} 200 ~ "all good" < ${limitMs}ms\n`);
  const watch = startCli(['watch', '--every', `${limitMs / 2}ms`, 'services.txt'], { cwd });
  await watch.said(`up  ${service.url}`);
  service.body = 'all bad';
  await watch.said(`down  ${service.url}  200, without the text "all good" (2 checks in a row)`);
  service.body = 'all good';
  await watch.said(`recovered  ${service.url}`);
  service.delayMs = 1.25 * limitMs;
  await watch.said(`slow  ${service.url}  200 in `);
  service.delayMs = 0;
  service.status = 204;
  await watch.said(`down  ${service.url}  204, expected 200 (2 checks in a row)`);
  watch.child.kill('SIGINT');
  const { code, stdout } = await watch.result;
  assert.equal(code, 130);
  assert.match(stdout, / m?s, expected < [\d.]+ m?s \(2 checks in a row\)$/m);
});

test('with --times it ends normally: 0 if nothing is down, even if something is slow, and 2 otherwise', async (t) => {
  const cwd = await scratchFolder(t);
  const service = await startService(t);
  const twice = ['watch', '--every', `${scaledMs(100)}ms`, '--times', '2'];
  const good = await runCli([...twice, service.url, `${service.site.origin}/other`], { cwd });
  assert.equal(good.code, 0, good.stderr);
  assert.deepEqual([service.site.countOf('/'), service.site.countOf('/other')], [2, 2]);
  const run = runOf(good.stderr);
  const file = JSON.parse(await readFile(join(cwd, '.trawl/runs', run, 'run.json'), 'utf8'));
  assert.deepEqual([file.state, file.books.rows, file.books.balanced], ['ended', 4, true]);

  const slow = await runCli([...twice, `${service.url} < 1ms`], { cwd });
  assert.equal(slow.code, 0, slow.stdout);
  assert.match(slow.stdout, /^1 service: 1 slow; 2 rounds in /m);
  service.status = 500;
  const bad = await runCli([...twice, '-'], { cwd, input: `${service.url}\n${service.url} 500` });
  assert.equal(bad.code, 2, bad.stdout);
  assert.match(bad.stdout, /^2 services: 1 up, 1 down; 2 rounds in /m);
});

test('one bad check between good ones changes nothing, unless --confirm is 1', async (t) => {
  const cwd = await scratchFolder(t);
  const service = await startService(t);
  let checks = 0;
  const site = await startSite((_request, response) => {
    checks += 1;
    response.writeHead(checks % 2 === 1 ? 200 : 503).end();
  });
  t.after(() => site.close());
  const args = ['watch', '--every', `${scaledMs(100)}ms`, '--times', '6', `${site.origin}/`, service.url];
  const calm = await runCli(args, { cwd });
  assert.deepEqual([calm.code, changesIn(calm.stdout).length], [0, 2], calm.stdout);
  assert.ok(checks >= 3, `${checks} checks in 6 rounds`);

  checks = 0;
  const nervous = await runCli([...args, '--confirm', '1'], { cwd });
  const kinds = changesIn(nervous.stdout).map((line) => line.split('  ')[0]);
  assert.ok(checks >= 3, `${checks} checks in 6 rounds`);
  // On a busy machine a round is left out while the previous check is still running, so only the order is fixed.
  const expected = Array.from({ length: checks - 1 }, (_, index) => (index % 2 === 0 ? 'down' : 'recovered'));
  assert.deepEqual(
    kinds.filter((kind) => kind !== 'up'),
    expected,
  );
  assert.equal(nervous.code, expected.at(-1) === 'down' ? 2 : 0);
});

test('a service that does not answer delays only itself, and is reported', async (t) => {
  const cwd = await scratchFolder(t);
  const service = await startService(t);
  const hung = await startService(t);
  hung.delayMs = 3_600_000;
  const watch = startCli(['watch', '--every', '100ms', '--timeout', '60m', '--drain', '0', service.url, hung.url], { cwd });
  await watch.said(`a round starts without ${hung.url}: the previous check is still running`);
  const before = service.site.hits.length;
  await until(() => service.site.hits.length >= before + 3, 'three more checks of the other service');
  assert.equal(hung.site.hits.length, 1);
  watch.child.kill('SIGTERM');
  assert.equal((await watch.result).code, 143);
});

test('a service that asks for a pause is still checked in the next round', async (t) => {
  const cwd = await scratchFolder(t);
  const service = await startService(t);
  Object.assign(service, { status: 503, headers: { 'retry-after': '120' } });
  const { code, stdout } = await runCli(['watch', '--every', `${scaledMs(100)}ms`, '--times', '4', service.url], { cwd });
  assert.deepEqual([code, service.site.hits.length], [2, 4], stdout);
});

test('a certificate about to expire is reported once, and an untrusted one marks the service down', async (t) => {
  const cwd = await scratchFolder(t);
  const { key, cert, file } = selfSignedCertificate();
  const server = createServer({ key, cert }, (_request, response) => response.end()).listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const args = ['watch', '--every', `${scaledMs(100)}ms`, '--times', '3', url];
  const trusting = { cwd, env: { NODE_EXTRA_CA_CERTS: file } };
  const told = await runCli(args, trusting);
  assert.equal(told.code, 0, told.stdout + told.stderr);
  assert.deepEqual(changesIn(told.stdout), [`up  ${url}`, `certificate  ${url}  the certificate expires in less than a day`]);
  const [row] = await rowsOf(cwd, runOf(told.stderr));
  assert.equal(row?.certificateDaysLeft, 0);
  const distrusting = await runCli(args, { cwd });
  assert.equal(distrusting.code, 2);
  assert.match(distrusting.stdout, /down {2}https:\S+ {2}tls: /);
});

test('-f json prints one object for each change, and one at the end', async (t) => {
  const cwd = await scratchFolder(t);
  const service = await startService(t);
  const { stdout, stderr } = await runCli(['watch', '-f', 'json', '--every', `${scaledMs(100)}ms`, '--times', '2', service.url], { cwd });
  const [up, end, ...more] = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    [up.schema, up.change, up.url, up.state, up.result, up.run, up.round],
    [1, 'up', service.url, 'up', '200', runOf(stderr), 1],
  );
  assert.deepEqual(
    [end.change, end.rounds, end.services[0].url, end.services[0].state, end.services[0].checks],
    ['end', 2, service.url, 'up', 2],
  );
  assert.deepEqual(more, []);
});

test('a bad line, an empty list and a missing list are reported before anything is fetched', async (t) => {
  const cwd = await scratchFolder(t);
  const service = await startService(t);
  await writeFile(join(cwd, 'bad.txt'), `${service.url}\n${service.url} nonsense\n${service.url} < 5\n`);
  await writeFile(join(cwd, 'empty.txt'), '# nothing yet\n');
  const bad = await runCli(['watch', 'bad.txt'], { cwd });
  assert.equal(bad.code, 3);
  assert.match(
    bad.stderr,
    /^trawl: 2 lines are not valid:\n {2}bad\.txt:2: "nonsense" is not an expectation: .*\n {2}bad\.txt:3: "5" has no unit/,
  );
  const empty = await runCli(['watch', 'empty.txt'], { cwd });
  assert.deepEqual([empty.code, empty.stderr], [3, 'trawl: no service to watch in empty.txt: write one URL per line\n']);
  assert.equal((await runCli(['watch', 'none.txt'], { cwd })).code, 3);
  assert.equal(service.site.hits.length, 0);
});

test('a stop while the list is still being read ends the watch', async (t) => {
  const cwd = await scratchFolder(t);
  const site = await startSite((_request, response) => void response.write('http://127.0.0.1:1/\n'));
  t.after(() => site.close());
  const watch = startCli(['watch', '--list', `${site.origin}/services.txt`], { cwd });
  await until(() => site.hits.length === 1, 'the list is asked for');
  watch.child.kill('SIGTERM');
  const { code, stdout } = await watch.result;
  assert.deepEqual([code, stdout], [143, '']);
});

test('credentials in a URL are sent, and appear in no output and no log', async (t) => {
  const cwd = await scratchFolder(t);
  let authorization: string | undefined;
  const site = await startSite((request, response) => {
    authorization = request.headers.authorization;
    response.end();
  });
  t.after(() => site.close());
  const { code, stdout, stderr } = await runCli(['watch', '--times', '1', `http://user:secret@127.0.0.1:${site.port}/`], { cwd });
  assert.equal(code, 0, stderr);
  assert.equal(authorization, `Basic ${Buffer.from('user:secret').toString('base64')}`);
  const log = await readFile(join(cwd, '.trawl/runs', runOf(stderr), 'outcomes.ndjson'), 'utf8');
  assert.ok(![stdout, stderr, log].some((text) => text.includes('secret')));
});

test('an unusable map module ends a watch before it begins, because no other worker would make its checks', async (t) => {
  const cwd = await scratchFolder(t);
  const { code, stdout, stderr } = await runCli(['watch', '--times', '1', '--map', 'none.mjs', 'http://127.0.0.1:9/'], { cwd });
  assert.equal(code, 3);
  assert.equal(stdout, '');
  assert.match(stderr, /^trawl: there is no map module none\.mjs /);
});

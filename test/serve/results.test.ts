import assert from 'node:assert/strict';
import { mkdir, readFile, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { openRunFolder } from '../../src/collector/run-folder.ts';
import { OPERATIONS } from '../../src/serve/operations.ts';
import { startTestServer } from './test-server.ts';

const HOSTILE = 'http://a.example/"><script>alert(1)</script><img src=x onerror=alert(2)>';

async function withLog(dataDir: string, run = 'mine'): Promise<void> {
  const folder = await openRunFolder(dataDir, run);
  const row = { schema: 1, run: 'mine', method: 'GET', depth: 0, attempts: 1, finishedAt: '2026-01-02T03:04:05.000Z' };
  const rows = [
    { ...row, url: 'https://a.example/', status: 200, verdict: 'ok', ok: true, latencyMs: 12, sizeBytes: 5, line: 1 },
    { ...row, url: HOSTILE, status: 404, verdict: 'broken', ok: false, latencyMs: 3, line: 2 },
    {
      ...row,
      url: 'https://c.example/',
      verdict: 'dns',
      ok: false,
      line: 3,
      error: { code: 'ENOTFOUND', message: '</script><script>alert(3)</script>' },
    },
  ];
  await writeFile(folder.outcomesFile, rows.map((each) => `${JSON.stringify(each)}\n`).join(''));
}

test('rows are searched by text and class', async (t) => {
  const { send, dataDir } = await startTestServer(t);
  await withLog(dataDir);
  const rows = async (query: string) => {
    const answer = await send('GET', `/api/runs/mine/rows?${query}`);
    return OPERATIONS.listRows.answer.schema?.parse(answer.json()) as { rows: Array<{ url: string }>; more: boolean };
  };
  const urls = async (query: string) => (await rows(query)).rows.map(({ url }) => url);
  assert.deepEqual(await urls(''), ['https://a.example/', HOSTILE, 'https://c.example/']);
  assert.deepEqual(await urls('class=ok'), ['https://a.example/']);
  assert.deepEqual(await urls('class=failed&search=404'), [HOSTILE]);
  assert.deepEqual(await urls(`search=${encodeURIComponent('"><SCRIPT>')}`), [HOSTILE]);
  assert.deepEqual(await urls('search=ENOTFOUND'), []);
  assert.deepEqual(await urls('search=line+3'), ['https://c.example/']);
  // The name of a field is in every line of the log, but it must not match.
  assert.deepEqual(await urls('search=verdict'), []);
  assert.equal((await rows('limit=2')).more, true);
  assert.equal((await rows('limit=3')).more, false);
});

test('rows and reports come from a compressed log as well', async (t) => {
  const { send, dataDir } = await startTestServer(t);
  await withLog(dataDir);
  const log = join(dataDir, 'mine', 'outcomes.ndjson');
  await writeFile(`${log}.gz`, gzipSync(await readFile(log)));
  await unlink(log);
  assert.equal((await send('GET', '/api/runs/mine/rows')).json().rows.length, 3);
  assert.equal((await send('GET', '/api/runs/mine/report.json')).json().outcomes.length, 3);
});

test('reports come as JSON, CSV and HTML, and text from servers cannot run in them', async (t) => {
  const { send, dataDir } = await startTestServer(t);
  await withLog(dataDir);
  const json = await send('GET', '/api/runs/mine/report.json');
  assert.equal(json.json().outcomes.length, 3);
  const csv = await send('GET', '/api/runs/mine/report.csv');
  assert.equal(csv.headers['content-disposition'], 'attachment');
  assert.match(csv.text, /c\.example/);
  const html = await send('GET', '/api/runs/mine/report.html');
  assert.match(
    String(html.headers['content-security-policy']),
    /script-src 'sha256-[^ ]+'; .*sandbox allow-scripts allow-popups allow-popups-to-escape-sandbox$/,
  );
  assert.doesNotMatch(html.text, /<script>alert|<img src=x/);
});

test('a run that Redis does not know is shown from its results', async (t) => {
  const { send, dataDir } = await startTestServer(t);
  assert.equal((await send('GET', '/api/runs/mine')).status, 404);
  await withLog(dataDir);
  const details = OPERATIONS.getRun.answer.schema?.parse((await send('GET', '/api/runs/mine')).json()) as Record<string, unknown>;
  assert.deepEqual([details.live, details.log, details.state, details.run], [false, true, 'stopped', 'mine']);
  assert.equal((await send('POST', '/api/runs/mine/pause')).status, 404);
});

test('results are listed, searched and paged, including damaged ones', async (t) => {
  const { send, dataDir } = await startTestServer(t);
  const list = async (query = '') => {
    const answer = await send('GET', `/api/results?${query}`);
    return OPERATIONS.listResults.answer.schema?.parse(answer.json()) as { total: number; results: Array<{ run: string; state: string }> };
  };
  assert.deepEqual(await list(), { total: 0, results: [] });
  for (let at = 0; at < 30; at++) await withLog(dataDir, `shop-${at}`);
  await writeFile(join((await openRunFolder(dataDir, 'blog')).path, 'run.json'), '{');
  await mkdir(join(dataDir, 'no results'));
  const first = await list('limit=10');
  assert.deepEqual([first.total, first.results.length], [31, 10]);
  const all = [...first.results, ...(await list('limit=10&offset=10')).results, ...(await list('limit=100&offset=20')).results];
  assert.equal(new Set(all.map(({ run }) => run)).size, 31);
  assert.equal(all.find(({ run }) => run === 'blog')?.state, 'damaged');
  assert.deepEqual(
    (await list('search=SHOP-7')).results.map(({ run, state }) => [run, state]),
    [['shop-7', 'running']],
  );
});

import assert from 'node:assert/strict';
import { readFile, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { openRunFolder } from '../../src/collector/run-folder.ts';
import { OPERATIONS } from '../../src/serve/operations.ts';
import { startTestServer } from './test-server.ts';

const HOSTILE = 'http://a.example/"><script>alert(1)</script><img src=x onerror=alert(2)>';

async function withLog(dataDir: string): Promise<void> {
  const folder = await openRunFolder(dataDir, 'mine');
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
  // The name of a field is in every line of the log, and no match.
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

test('reports come as JSON, CSV and HTML, and what servers answered does nothing in them', async (t) => {
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

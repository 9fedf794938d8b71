import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nothingFetched } from '../../../src/cli/messages/end-of-run.ts';
import type { Outcome } from '../../../src/model/outcome.ts';
import { startSite } from '../../helpers/site.ts';
import { summaryOf, writeLog } from '../../report/sample-log.ts';
import { runCli, scratchFolder } from '../run-cli.ts';

const row = (verdict: Outcome['verdict'], message?: string): Outcome => ({
  schema: 1,
  run: 'r',
  url: `http://a.test/${verdict}`,
  method: 'GET',
  verdict,
  ok: verdict === 'ok',
  attempts: 0,
  depth: 0,
  finishedAt: '2026-01-01T00:00:00.000Z',
  ...(message !== undefined && { error: { code: 'X', message } }),
});

test('a run of which nothing could be fetched says why, unless that was asked for', async (t) => {
  const said = async (rows: Outcome[]) => nothingFetched(summaryOf(rows), await writeLog(t, rows));
  const robots = row('robots', 'line 2 says no');
  assert.equal(await said([row('out-of-scope', 'matches --exclude x'), robots]), 'nothing was fetched: line 2 says no');
  assert.equal(await said([row('private-address')]), 'nothing was fetched: private-address');
  assert.equal(await said([robots, row('ok')]), undefined);
  assert.equal(await said([row('out-of-scope', 'matches --exclude x')]), undefined);
  assert.equal(await said([]), undefined);
});

test('a site that nobody may crawl, and options that change nothing, are told beside the report', async (t) => {
  const cwd = await scratchFolder(t);
  const site = await startSite((_, response) => void response.writeHead(503).end());
  t.after(() => site.close());
  const { code, stderr } = await runCli(['--robots', '--check-external', '--retries', '0', `${site.origin}/`], { cwd });
  assert.equal(code, 0);
  assert.match(
    stderr,
    /^trawl: --check-external has no effect here: .*\ntrawl: nothing was fetched: \S+\/robots\.txt answers 503: .*\nRun \S+ · trawl report latest\n$/,
  );
});

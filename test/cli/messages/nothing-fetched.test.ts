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

test('a run that could not fetch anything says why, unless the user excluded everything', async (t) => {
  const said = async (rows: Outcome[]) => nothingFetched(summaryOf(rows), await writeLog(t, rows));
  const robots = row('robots', 'line 2 says no');
  assert.equal(await said([row('out-of-scope', 'matches --exclude x'), robots]), 'nothing was fetched: line 2 says no');
  assert.equal(await said([row('private-address')]), 'nothing was fetched: private-address');
  assert.equal(await said([robots, row('ok')]), undefined);
  assert.equal(await said([row('out-of-scope', 'matches --exclude x')]), undefined);
  assert.equal(await said([]), undefined);
});

test('a disallowed site and options without effect are reported in addition to the report', async (t) => {
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

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { z } from 'zod';
import { VERDICT_CLASS } from '../../src/model/verdict.ts';
import { runCli, scratchFolder } from '../cli/run-cli.ts';
import { startSite } from '../helpers/site.ts';
import { CRAWL, comparedCrawl, EXERCISE, HOSTILE, LINKED, rendered, renderedCrawl } from '../report/sample-log.ts';

const schemaOf = (name: string) => JSON.parse(readFileSync(new URL(`../../docs/schemas/${name}.schema.json`, import.meta.url), 'utf8'));
const OUTCOME = schemaOf('outcome');
/** The schema, but without unknown fields. The published schema accepts them, because later versions may add fields. */
const strictOutcome = z.fromJSONSchema({ ...OUTCOME, additionalProperties: false });
const REPORT = schemaOf('report');
const report = z.fromJSONSchema(REPORT);
const strictReport = z.fromJSONSchema({ ...REPORT, additionalProperties: false });

test('the rows and the report of a real run match the schemas, with no other fields', async (t) => {
  const cwd = await scratchFolder(t);
  const site = await startSite();
  t.after(() => site.close());
  const paths = ['get', 'status/404', 'redirect/2', 'flaky/1/a', 'reset'];
  await writeFile(join(cwd, 'urls.txt'), [...paths.map((path) => `${site.origin}/${path}`), 'no url', 'http://127.0.0.1:9/'].join('\n'));
  const { stdout } = await runCli(['urls.txt', '-f', 'json', '--retries', '1'], { cwd });
  const document = JSON.parse(stdout);
  report.parse(document);
  assert.equal(document.outcomes.length, 7);
  for (const outcome of document.outcomes) strictOutcome.parse(outcome);
});

test('the schemas accept the samples and refuse anything that is not an outcome', async (t) => {
  for (const outcome of [...EXERCISE, ...HOSTILE, ...CRAWL, ...LINKED]) strictOutcome.parse(outcome);
  report.parse(JSON.parse(await rendered(t, 'json', EXERCISE)));
  strictReport.parse(JSON.parse(await renderedCrawl(t, 'json')));
  const compared = JSON.parse(await rendered(t, 'json', CRAWL, await comparedCrawl(t)));
  strictReport.parse(compared);
  for (const outcome of compared.outcomes) strictOutcome.parse(outcome);
  assert.equal(strictOutcome.safeParse({ ...EXERCISE[0], verdict: 'fine' }).success, false);
  assert.equal(strictOutcome.safeParse({ ...EXERCISE[0], latencyMs: -1 }).success, false);
  assert.deepEqual([...OUTCOME.properties.verdict.enum].sort(), Object.keys(VERDICT_CLASS).sort());
});

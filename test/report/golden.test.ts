import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { REPORT_FORMATS } from '../../src/model/report-formats.ts';
import { CRAWL, comparedCrawl, EXERCISE, HOSTILE, LINKED, rendered, renderedCrawl } from './sample-log.ts';

/** Each is what a report looks like, byte for byte; the exercise's table is the one in README. */
const SAMPLES = { exercise: EXERCISE, hostile: HOSTILE, linked: LINKED };

// The page is looked at with a browser (test/report/html.test.ts), and a result is what a module makes (test/report/reduce-log.test.ts).
for (const format of REPORT_FORMATS.filter((name) => name !== 'html' && name !== 'result')) {
  for (const [name, outcomes] of Object.entries(SAMPLES)) {
    test(`the ${format} report on the ${name} sample is the golden file`, async (t) => {
      const golden = await readFile(new URL(`golden/${name}.${format}.golden`, import.meta.url), 'utf8');
      assert.equal(await rendered(t, format, outcomes), golden);
    });
  }
  test(`the ${format} report on a crawl with all that is known of its links is the golden file`, async (t) => {
    const golden = await readFile(new URL(`golden/crawl.${format}.golden`, import.meta.url), 'utf8');
    assert.equal(await renderedCrawl(t, format), golden);
  });
  test(`the ${format} report on a crawl that is compared with a baseline is the golden file`, async (t) => {
    const golden = await readFile(new URL(`golden/baseline.${format}.golden`, import.meta.url), 'utf8');
    assert.equal(await rendered(t, format, CRAWL, await comparedCrawl(t)), golden);
  });
}

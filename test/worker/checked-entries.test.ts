import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Ending } from '../../src/engine/ending.ts';
import type { Visit } from '../../src/engine/visit.ts';
import { PageBudget } from '../../src/fetch/body/page-budget.ts';
import { createFetcher } from '../../src/fetch/fetcher.ts';
import type { Entry } from '../../src/model/entry.ts';
import { silentLog } from '../../src/model/log.ts';
import type { RequestSpec } from '../../src/model/request-spec.ts';
import type { RunOptions } from '../../src/model/run-options.ts';
import { urlKey } from '../../src/model/url/canonical-url.ts';
import { packKeys } from '../../src/model/url/link-keys.ts';
import { ChainSecrets } from '../../src/worker/chain-secrets.ts';
import { LinkFinder } from '../../src/worker/links/find-links.ts';
import { type VisitContext, visitEntries } from '../../src/worker/visit-entries.ts';
import { runOptions } from '../contracts/crew.ts';
import { startSite } from '../helpers/site.ts';

/** Visits one entry with this request and returns its ending. */
async function visited(
  url: string,
  request: RequestSpec,
  options: RunOptions,
  context: Partial<VisitContext> = {},
): Promise<Ending | undefined> {
  const entries: Entry[] = [
    { key: urlKey(url), url, origin: new URL(url).origin, depth: 0, attempts: 0, deferrals: 0, acceptedAtMs: 0, request },
  ];
  let ending: Ending | undefined;
  const visit: Partial<Visit> = {
    run: 'r',
    options,
    signal: new AbortController().signal,
    nowMs: () => 0,
    next: async () => entries.pop(),
    trial: () => 'full',
    settle: (_, given) => {
      ending = given;
    },
  };
  await visitEntries(visit as Visit, { worker: 'w', random: () => 0, log: silentLog, ...context } as VisitContext);
  return ending;
}

test('an entry that the producer has checked is settled without a request, even if robots.txt applies', async () => {
  const options = runOptions({ robots: true });
  const ok = await visited('file:///docs/a.md#part', { checked: 'ok', places: ['b.md:3'] }, options);
  assert.ok(ok?.kind === 'outcome');
  const { url, verdict, attempts, places } = ok.outcome;
  assert.deepEqual({ url, verdict, attempts, places }, { url: 'docs/a.md#part', verdict: 'ok', attempts: 0, places: ['b.md:3'] });
  const excluded = { verdict: 'out-of-scope', code: 'EXCLUDED', message: 'matches --exclude a' } as const;
  const skipped = await visited('http://a.test/', { checked: excluded }, options);
  assert.ok(skipped?.kind === 'outcome');
  assert.deepEqual(
    [skipped.outcome.verdict, skipped.outcome.error],
    ['out-of-scope', { code: 'EXCLUDED', message: 'matches --exclude a' }],
  );
});

test('a page that documents link to with a fragment gets its anchors in the row, even if no links are followed', async (t) => {
  const site = await startSite((_request, response) =>
    response.setHeader('content-type', 'text/html').end('<p id="x"><a name="y" href="z">'),
  );
  t.after(() => site.close());
  const fetcher = createFetcher();
  t.after(() => fetcher.close());
  const fragments = [`${site.origin}/#x`];
  const ending = await visited(`${site.origin}/`, { fragments }, runOptions({ fragments: true }), {
    fetcher,
    secrets: new ChainSecrets(),
    finder: new LinkFinder(new PageBudget(1e9)),
  });
  assert.ok(ending?.kind === 'outcome');
  assert.deepEqual([ending.outcome.fragments, ending.outcome.anchors], [fragments, packKeys(['x', 'y'].map(urlKey))]);
  assert.equal(ending.found, undefined);
});

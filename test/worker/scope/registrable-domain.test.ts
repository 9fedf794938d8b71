import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { loadRegistrableDomain } from '../../../src/worker/scope/scope-kinds.ts';

test('a host without a registrable domain is returned as it is', async () => {
  const registrableDomain = await loadRegistrableDomain();
  for (const host of ['localhost', '10.0.0.1', '[::1]', 'co.uk', 'github.io', 'com', 'intranet'])
    assert.equal(registrableDomain(host), host);
});

const CORPUS = new URL('../../../../shared/corpora/publicsuffix-registrable-domain.json', import.meta.url);

test('the cases of the Public Suffix List', { skip: existsSync(CORPUS) ? false : 'the corpus is not installed' }, async () => {
  const registrableDomain = await loadRegistrableDomain();
  const { cases } = JSON.parse(readFileSync(CORPUS, 'utf8')) as {
    cases: Array<{ host: string | null; registrable_domain: string | null }>;
  };
  let compared = 0;
  for (const { host, registrable_domain: expected } of cases) {
    // In the form that URLs have. A host with an empty first label cannot be looked up.
    if (host === null || host.startsWith('.')) continue;
    assert.equal(registrableDomain(hostname(host)), hostname(expected ?? host), host);
    compared += 1;
  }
  assert.equal(compared, 73);
});

function hostname(host: string): string {
  return new URL(`http://${host}/`).hostname;
}

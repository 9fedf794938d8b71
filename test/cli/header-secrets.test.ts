import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkReferredSecrets, warnOfStoredSecrets } from '../../src/cli/header-secrets.ts';
import { silentLog } from '../../src/model/log.ts';
import { loadConfig } from '../../src/options/load-config.ts';
import type { GivenFlag } from '../../src/options/option-name.ts';

/** The warnings of the check for these headers. */
function warnings(
  check: typeof checkReferredSecrets,
  headers: readonly string[],
  { redis, environment = {} }: { redis: boolean; environment?: Record<string, string> },
): string[] {
  const told: string[] = [];
  const flags: GivenFlag[] = headers.map((text) => ({ key: 'headers', text }));
  if (redis) flags.push({ key: 'redisUrl', text: 'redis://127.0.0.1:1' });
  check({ config: loadConfig('crawl', flags, {}), environment, log: { ...silentLog, warn: (_, message) => told.push(message) } });
  return told;
}

const REFERENCES = ['Authorization: env:TOKEN', 'X-Key: env:KEY', 'X-Set: env:SET', 'X-Plain: yes'];
const environment = { SET: 'x', KEY: ' ' };
const UNSET = /^not set in the environment: TOKEN \(for the header Authorization\), KEY \(for the header X-Key\)[;:] /;

test('without Redis, missing secrets are an error that names each of them', () => {
  assert.throws(() => warnings(checkReferredSecrets, REFERENCES, { redis: false, environment }), { name: 'UsageError', message: UNSET });
  assert.deepEqual(warnings(checkReferredSecrets, ['X-Set: env:SET', 'X-Plain: yes'], { redis: false, environment }), []);
});

test('with Redis, missing secrets are only a warning, because another worker may have them', () => {
  const [told = '', ...others] = warnings(checkReferredSecrets, REFERENCES, { redis: true, environment });
  assert.match(told, UNSET);
  assert.deepEqual(others, []);
});

test('secrets that would be stored in Redis cause one warning, which names the headers and never shows values', () => {
  const headers = ['Authorization: Bearer s3cret', 'X-Api-Key: s3cret', 'Cookie: env:COOKIE', 'Accept: text/html'];
  const [told = '', ...others] = warnings(warnOfStoredSecrets, headers, { redis: true });
  assert.match(told, /^the value of Authorization, X-Api-Key is stored in Redis.* -H 'Authorization: env:NAME'/);
  assert.doesNotMatch(told, /s3cret|Cookie/);
  assert.deepEqual(others, []);
});

test('there is no warning for headers without secrets, or without Redis', () => {
  assert.deepEqual(warnings(warnOfStoredSecrets, ['Accept: text/html', 'Cookie: env:COOKIE'], { redis: true }), []);
  assert.deepEqual(warnings(warnOfStoredSecrets, ['Authorization: Bearer s3cret'], { redis: false }), []);
});

test('secrets that TRAWL_ENV_ALLOW does not list are refused before anything is fetched, even if they are set', () => {
  const flags: GivenFlag[] = [{ key: 'headers', text: 'X-Set: env:SET' }];
  const check = (allowed: string) =>
    checkReferredSecrets({ config: loadConfig('crawl', flags, { TRAWL_ENV_ALLOW: allowed }), environment: { SET: 'x' }, log: silentLog });
  assert.throws(() => check('OTHER,S'), {
    name: 'UsageError',
    message: /^not allowed by TRAWL_ENV_ALLOW: SET \(for the header X-Set\); add it there$/,
  });
  check('OTHER, S*');
  assert.throws(() => check('A B'), /"A B" is not the name of an environment variable/);
});

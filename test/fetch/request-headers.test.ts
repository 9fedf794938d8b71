import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  basicAuthorization,
  MissingSecretError,
  requestHeaders,
  secretReader,
  withAuthorization,
} from '../../src/fetch/request-headers.ts';
import { runOptions } from './local-servers.ts';

test('sends credentials, values from the environment and Host only to their own origin', () => {
  const headers = [
    ['Authorization', 'Bearer x'],
    ['cookie', 'a=b'],
    ['X-Key', 'env:KEY'],
    ['X-Plain', 'yes'],
    ['Host', 'h.example'],
  ] as const;
  const { full, foreign } = requestHeaders(runOptions({ headers }), secretReader({ KEY: 's3cret\n' }));
  assert.equal(full[full.indexOf('X-Key') + 1], 's3cret');
  for (const name of ['Authorization', 'cookie', 'X-Key', 'Host']) {
    assert.ok(full.includes(name), name);
    assert.ok(!foreign.includes(name), name);
  }
  assert.equal(foreign[foreign.indexOf('X-Plain') + 1], 'yes');
  assert.ok(!foreign.includes('s3cret'));
});

test('a header of the run replaces the default one', () => {
  const { full } = requestHeaders(runOptions({ headers: [['Accept', 'text/html']] }), secretReader({}));
  assert.deepEqual(full.filter((_, i) => i % 2 === 0).sort(), ['Accept', 'accept-encoding', 'user-agent']);
});

test('names a missing secret and what to do about it', () => {
  for (const env of [{}, { TOKEN: '' }]) {
    assert.throws(
      () => requestHeaders(runOptions({ headers: [['Authorization', 'env:TOKEN']] }), secretReader(env)),
      (error: MissingSecretError) => {
        assert.ok(error instanceof MissingSecretError);
        assert.equal(error.variable, 'TOKEN');
        assert.match(error.message, /TOKEN.*set it/);
        return true;
      },
    );
  }
});

test('percent-decodes userinfo, which replaces another Authorization', () => {
  const authorization = basicAuthorization(new URL('http://us%3Aer:p%C3%A4@h/')) ?? '';
  assert.equal(Buffer.from(authorization.slice(6), 'base64').toString('utf8'), 'us:er:pä');
  assert.equal(basicAuthorization(new URL('http://h/')), undefined);
  assert.deepEqual(withAuthorization(['a', '1', 'AUTHORIZATION', 'x'], 'Basic y'), ['a', '1', 'authorization', 'Basic y']);
});

test('sends credentials only to their own origin', () => {
  const auth = [
    ['https://a.test', 'me:pässword'],
    ['https://b.test', 'env:LOGIN'],
    ['https://c.test', 'env:KEY'],
  ] as const;
  const { byOrigin, full } = requestHeaders(runOptions({ auth }), secretReader({ LOGIN: ' you:x ', KEY: 'Bearer abc' }));
  assert.deepEqual(
    [...byOrigin],
    [
      ['https://a.test', `Basic ${Buffer.from('me:pässword').toString('base64')}`],
      ['https://b.test', `Basic ${Buffer.from('you:x').toString('base64')}`],
      ['https://c.test', 'Bearer abc'],
    ],
  );
  assert.ok(!full.some((text) => text.toLowerCase() === 'authorization'));
  assert.throws(() => requestHeaders(runOptions({ auth }), secretReader({})), MissingSecretError);
});

test('refuses variables that TRAWL_ENV_ALLOW does not name, whether they are set or not', () => {
  const allowed = ['API_TOKEN', 'SITE_*'];
  const read = secretReader({ API_TOKEN: 'a', SITE_KEY: 'b', HOME: '/root', MY_SITE_KEY: 'c' }, allowed);
  assert.deepEqual([read('API_TOKEN', 'X'), read('SITE_KEY', 'X')], ['a', 'b']);
  for (const variable of ['HOME', 'MY_SITE_KEY', 'API_TOKEN2', 'GONE', 'api_token'])
    assert.throws(() => read(variable, 'X-Key'), {
      name: 'MissingSecretError',
      message: `the run reads its header X-Key from the environment variable ${variable}, which TRAWL_ENV_ALLOW does not name: add it there and restart the worker`,
    });
});

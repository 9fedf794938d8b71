import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectionRemedy, isSettingWrong } from '../../../../src/engine/redis/connection/connection-remedy.ts';
import { redisOptions } from '../../../../src/engine/redis/connection/redis-options.ts';
import { parseRedisUrl, type RedisAddress } from '../../../../src/options/redis-url.ts';

function addressOf(url: string): RedisAddress {
  const parsed = parseRedisUrl(url);
  assert.ok(parsed.ok);
  return parsed.value;
}

test('each connection failure names the setting that may be wrong, and ordinary outages name none', () => {
  const cases: ReadonlyArray<readonly [string, string, RegExp | undefined]> = [
    ['redis://h', 'connect ECONNREFUSED 127.0.0.1:6379', undefined],
    ['redis://h', 'connect ETIMEDOUT', undefined],
    ['rediss://h', 'connect ETIMEDOUT', /does not speak TLS on this port/],
    ['redis+sentinel://h/m', 'connect ETIMEDOUT', /address that Sentinels or nodes announce/],
    ['redis+cluster://h', 'no server says where the master is (h:6379: connect ETIMEDOUT)', undefined],
    ['redis+cluster://h', 'no server says where the master is (h:6379: NOPERM no permissions)', /lists the commands that it needs/],
    [
      'rediss://h',
      "Hostname/IP does not match certificate's altnames: IP: 1.2.3.4 is not in the cert's list",
      /its certificate is for other names/,
    ],
    ['rediss://h', 'certificate has expired', /renew it/],
    ['redis://h', 'read ECONNRESET', /if it expects TLS, write rediss/],
  ];
  for (const [url, message, remedy] of cases) {
    const found = connectionRemedy(message, addressOf(url), false);
    if (remedy === undefined) assert.equal(found, undefined, message);
    else assert.match(found ?? '', remedy, message);
  }
  assert.deepEqual(['certificate has expired', 'WRONGPASS invalid', 'connect ECONNREFUSED'].map(isSettingWrong), [true, true, false]);
});

test('a user without a password logs in with an empty one, and a password alone belongs to the default user', () => {
  const { username, password } = redisOptions(addressOf('redis://user@h'), undefined, 'key');
  assert.deepEqual([username, password], ['user', '']);
  const alone = redisOptions(addressOf('redis://:secret@h'), undefined, 'key');
  assert.deepEqual([alone.username, alone.password], [undefined, 'secret']);
});

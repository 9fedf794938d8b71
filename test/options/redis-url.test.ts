import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseRedisUrl, type RedisAddress, redisUrl, withoutCredentials, withPassword } from '../../src/options/redis-url.ts';

const at = (host: string, port: number) => [{ host, port }];
const SINGLE = { kind: 'single', tls: false, db: 0 } as const;

function addressOf(url: string): RedisAddress {
  const parsed = parseRedisUrl(url);
  assert.ok(parsed.ok, `${url}: ${parsed.ok ? '' : parsed.problem}`);
  return parsed.value;
}

describe('a Redis URL', () => {
  const cases: ReadonlyArray<readonly [string, RedisAddress]> = [
    ['redis://127.0.0.1', { ...SINGLE, hosts: at('127.0.0.1', 6379) }],
    ['redis://db.example:6380/2', { ...SINGLE, hosts: at('db.example', 6380), db: 2 }],
    ['redis://db.example?db=3&family=6', { ...SINGLE, hosts: at('db.example', 6379), db: 3, family: 6 }],
    ['redis://[::1]:6380', { ...SINGLE, hosts: at('::1', 6380) }],
    ['rediss://:secret@db.example/', { ...SINGLE, tls: true, hosts: at('db.example', 6379), password: 'secret' }],
    ['redis://user@db.example', { ...SINGLE, hosts: at('db.example', 6379), username: 'user' }],
    [
      'redis://a%40b:p%2Fw%3A%25%23%3F%40%20%C3%A9@db.example',
      { ...SINGLE, hosts: at('db.example', 6379), username: 'a@b', password: 'p/w:%#?@ é' },
    ],
    // Characters that cannot be mistaken need not be encoded.
    ['redis://user:a@b:c,d[e]@db.example', { ...SINGLE, hosts: at('db.example', 6379), username: 'user', password: 'a@b:c,d[e]' }],
    ['redis+unix:///run/redis/a%20b.sock?db=1', { ...SINGLE, hosts: [], path: '/run/redis/a b.sock', db: 1 }],
    ['unix://:secret@/run/redis.sock', { ...SINGLE, hosts: [], path: '/run/redis.sock', password: 'secret' }],
    [
      'redis+sentinel://user:pw@one:26380,two,[::1]:5/mymaster/4',
      {
        kind: 'sentinel',
        tls: false,
        hosts: [...at('one', 26380), ...at('two', 26379), ...at('::1', 5)],
        username: 'user',
        password: 'pw',
        masterName: 'mymaster',
        db: 4,
      },
    ],
    [
      'rediss+sentinel://one/my%2Fmaster?sentinel-username=watch&sentinel-password=p%26w',
      {
        kind: 'sentinel',
        tls: true,
        hosts: at('one', 26379),
        masterName: 'my/master',
        db: 0,
        sentinelUsername: 'watch',
        sentinelPassword: 'p&w',
      },
    ],
    ['redis+cluster://one:7000,two:7001', { kind: 'cluster', tls: false, hosts: [...at('one', 7000), ...at('two', 7001)], db: 0 }],
    ['REDISS+CLUSTER://one', { kind: 'cluster', tls: true, hosts: at('one', 6379), db: 0 }],
  ];
  for (const [url, address] of cases) test(url, () => assert.deepEqual(addressOf(url), address));
});

describe('the message about an invalid Redis URL says what to write, and shows nothing of the URL', () => {
  const cases: ReadonlyArray<readonly [string, RegExp]> = [
    ['s3cret', /is not a URL: write it like redis:\/\/host/],
    ['http://user:s3cret@host', /the scheme http does not fit: it takes redis, rediss, redis\+sentinel/],
    ['redis://user:s3cret/x@host', /percent-encoded: \/ is %2F/],
    ['redis://user:s3cret#x@host', /percent-encoded/],
    ['redis://user:s3cret?x@host', /percent-encoded/],
    ['redis://user:s3cret%x@host', /percent-encoded/],
    ['redis://user:123#s3cret@host', /percent-encoded/],
    ['redis://', /the host is missing or wrong/],
    ['redis://host:s3cret', /the host is missing or wrong.*percent-encoded/],
    ['redis://host:99999', /the host is missing or wrong/],
    ['redis://one,two', /several hosts are for redis\+sentinel:\/\/ and redis\+cluster:\/\//],
    ['redis://host/s3cret', /the path is the number of a database/],
    ['redis+sentinel://host', /the path is the name of the master/],
    ['redis+sentinel://host/name/s3cret', /the path is the name of the master/],
    ['redis+cluster://host/1', /no database but 0/],
    ['redis+unix://host/run/s3cret.sock', /the path of the socket is missing/],
  ];
  for (const [url, problem] of cases) {
    test(url, () => {
      const parsed = redisUrl(url);
      assert.ok(!parsed.ok);
      assert.match(parsed.problem, problem);
      assert.doesNotMatch(parsed.problem, /s3cret/);
    });
  }
});

test('user, password and query are not shown', () => {
  assert.equal(withoutCredentials('redis://user:secret@db.example:6380/2?password=x'), 'redis://db.example:6380/2');
  assert.equal(withoutCredentials('redis://127.0.0.1:6379'), 'redis://127.0.0.1:6379');
  assert.equal(withoutCredentials('redis+sentinel://u:secret@one:1,two/name?sentinel-password=x'), 'redis+sentinel://one:1,two/name');
  assert.equal(withoutCredentials('unix://:secret@/run/redis.sock'), 'unix:///run/redis.sock');
  assert.equal(withoutCredentials('redis://user:sec/ret@host'), 'redis');
  assert.equal(withoutCredentials('not a url with secret'), 'redis');
});

test('a password with any characters can be put into the URL', () => {
  const { username, password, db } = addressOf(withPassword('redis://user:old@db.example:6380/2', 'p@ss/w:%rd'));
  assert.deepEqual([username, password, db], ['user', 'p@ss/w:%rd', 2]);
  const sentinel = addressOf(withPassword('redis+sentinel://one,two/name?sentinel-password=x', 'p#w'));
  assert.deepEqual([sentinel.password, sentinel.sentinelPassword, sentinel.hosts.length], ['p#w', 'x', 2]);
  assert.equal(withPassword('redis://127.0.0.1:6379', ''), 'redis://127.0.0.1:6379');
});

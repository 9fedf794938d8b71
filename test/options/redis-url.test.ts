import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withoutCredentials, withPassword } from '../../src/options/redis-url.ts';

test('user, password and query are left out of what is shown', () => {
  assert.equal(withoutCredentials('redis://user:secret@db.example:6380/2?password=x'), 'redis://db.example:6380/2');
  assert.equal(withoutCredentials('redis://127.0.0.1:6379'), 'redis://127.0.0.1:6379');
  assert.equal(withoutCredentials('not a url with secret'), 'redis');
});

test('a password is put into the URL, whatever its characters', () => {
  const url = withPassword('redis://user:old@db.example:6380/2', 'p@ss/w:%rd');
  assert.equal(decodeURIComponent(new URL(url).password), 'p@ss/w:%rd');
  assert.equal(new URL(url).username, 'user');
  assert.equal(withPassword('redis://127.0.0.1:6379', ''), 'redis://127.0.0.1:6379');
});

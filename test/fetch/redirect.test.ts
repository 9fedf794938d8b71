import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isRedirect, redirection } from '../../src/fetch/redirect.ts';

const FROM = new URL('http://a.example/dir/page?q=1');

function target(location: string, from = FROM): string {
  const next = redirection(location, from, [], 10);
  return next.kind === 'follow' ? next.url.href : next.code;
}

test('only statuses with a single target are redirects', () => {
  assert.deepEqual([200, 300, 301, 302, 303, 304, 305, 306, 307, 308, 309].filter(isRedirect), [301, 302, 303, 307, 308]);
});

test('resolves a Location against the URL of the response', () => {
  assert.equal(target('/x'), 'http://a.example/x');
  assert.equal(target('x'), 'http://a.example/dir/x');
  assert.equal(target('?y'), 'http://a.example/dir/page?y');
  assert.equal(target('//b.example/z'), 'http://b.example/z');
  assert.equal(target('https://c.example'), 'https://c.example/');
});

test('inherits the fragment unless the Location has one', () => {
  const from = new URL('http://a.example/#old');
  assert.equal(target('/x', from), 'http://a.example/x#old');
  assert.equal(target('/x#new', from), 'http://a.example/x#new');
  assert.equal(target('/x#', from), 'http://a.example/x#', 'also by an empty one');
});

test('refuses other schemes and invalid URLs with a code', () => {
  for (const location of ['ftp://a.example/', 'file:///etc/passwd', 'javascript:alert(1)', 'data:,x'])
    assert.equal(target(location), 'UNSUPPORTED_REDIRECT', location);
  assert.equal(target('http://[bad'), 'BAD_REDIRECT');
  const refused = redirection('http://me:s3cret@[bad', FROM, [], 5);
  assert.ok(refused.kind === 'refuse');
  assert.match(refused.message, /^\S+ redirects to "\S+\[bad", which is not a URL$/);
  assert.doesNotMatch(refused.message, /s3cret/);
});

test('refuses too many redirects, and recognises a loop among them whatever the fragment', () => {
  assert.equal(target('#x'), `${FROM.href}#x`);
  const code = (location: string, visited: string[]) => {
    const next = redirection(location, FROM, visited, 1);
    return next.kind === 'refuse' ? next.code : next.url.href;
  };
  assert.equal(code('#x', ['http://a.example/1']), 'REDIRECT_LOOP');
  assert.equal(code('/1#x', ['http://a.example/1']), 'REDIRECT_LOOP');
  assert.equal(code('/1?', ['http://a.example/1']), 'TOO_MANY_REDIRECTS');
  const third = redirection('/3', FROM, ['http://a.example/1', 'http://a.example/2'], 2);
  assert.ok(third.kind === 'refuse' && third.code === 'TOO_MANY_REDIRECTS');
});

test('turns credentials in a Location into an Authorization, and removes them from the URL', () => {
  const next = redirection('http://u%40:p@a.example/x', FROM, [], 10);
  assert.ok(next.kind === 'follow');
  assert.equal(next.url.href, 'http://a.example/x');
  assert.equal(next.authorization, `Basic ${Buffer.from('u@:p').toString('base64')}`);
});

test('an origin is scheme, host and port', () => {
  const same = (location: string) => {
    const next = redirection(location, FROM, [], 10);
    return next.kind === 'follow' && next.sameOrigin;
  };
  assert.equal(same('http://a.example:80/x'), true);
  assert.equal(same('http://a.example:81/x'), false);
  assert.equal(same('https://a.example/x'), false);
  assert.equal(same('http://www.a.example/x'), false);
});

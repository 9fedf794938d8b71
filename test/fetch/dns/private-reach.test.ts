import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  assertPublic,
  ipLiteral,
  mayReachPrivate,
  PrivateAddressError,
  stricter,
  wayToPrivate,
} from '../../../src/fetch/dns/private-reach.ts';

test('the stricter of two policies applies, in any order', () => {
  const order = ['deny', 'seeds', 'linked', 'allow'] as const;
  for (const [i, a] of order.entries()) {
    for (const [j, b] of order.entries()) assert.equal(stricter(a, b), order[Math.min(i, j)]);
  }
});

test('seeds allows private addresses only on the named host', () => {
  const namedHost = 'intranet';
  assert.equal(mayReachPrivate('seeds', 'intranet', { namedHost }), true);
  assert.equal(mayReachPrivate('seeds', 'other', { namedHost }), false);
  assert.equal(mayReachPrivate('seeds', 'other', { namedHost, linkedHost: 'other' }), false);
  assert.equal(mayReachPrivate('seeds', 'intranet', {}), false);
  assert.equal(mayReachPrivate('allow', 'other', {}), true);
  assert.equal(mayReachPrivate('deny', 'intranet', { namedHost }), false);
});

test('linked also allows them on hosts to which a page at a private address links', () => {
  assert.equal(mayReachPrivate('linked', 'intranet', { namedHost: 'intranet' }), true);
  assert.equal(mayReachPrivate('linked', 'wiki', { linkedHost: 'wiki' }), true);
  // A redirect to a third host.
  assert.equal(mayReachPrivate('linked', 'metadata', { namedHost: 'intranet', linkedHost: 'wiki' }), false);
  assert.equal(mayReachPrivate('deny', 'wiki', { linkedHost: 'wiki' }), false);
});

test('the advice depends on the policies of the run and the worker', () => {
  assert.match(wayToPrivate('seeds', 'allow'), /--private allow/);
  assert.equal(wayToPrivate('deny', 'allow'), 'refused by --private deny');
  assert.match(wayToPrivate('allow', 'seeds'), /TRAWL_PRIVATE/);
  assert.match(wayToPrivate('seeds', 'deny'), /TRAWL_PRIVATE/);
});

test('recognises IP literals in any notation of a URL', () => {
  for (const written of ['127.0.0.1', '0x7f.1', '017700000001', '2130706433', '127.1', '127.0.0.1.', '%31%32%37.0.0.1', '１２７.0.0.1']) {
    assert.equal(ipLiteral(new URL(`http://${written}/`).hostname), '127.0.0.1', written);
  }
  assert.equal(ipLiteral(new URL('http://[::FFFF:7f00:1]/').hostname), '::ffff:7f00:1');
  assert.equal(ipLiteral('localhost'), undefined);
});

test('a refusal names the address and its block', () => {
  assert.throws(
    () => assertPublic('10.0.0.1', 'db.example'),
    (error: PrivateAddressError) => {
      assert.ok(error instanceof PrivateAddressError);
      assert.match(error.message, /db\.example resolves to 10\.0\.0\.1.*private use/);
      return true;
    },
  );
  assertPublic('8.8.8.8', 'dns.example');
});

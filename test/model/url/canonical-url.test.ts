import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { canonicalPath, canonicalUrl } from '../../../src/model/url/canonical-url.ts';

describe('canonicalUrl', () => {
  const table: Array<[given: string, expected: string]> = [
    ['http://a.test/#', 'http://a.test/'],
    ['http://a.test/x#y%2', 'http://a.test/x'],
    ['http://a.test/?q=1#y', 'http://a.test/?q=1'],
    ['HTTP://A.Test:80', 'http://a.test/'],
    ['http://a.test/%61%2f%3f', 'http://a.test/a%2F%3F'],
    ['http://a.test/x%2e%2e/y', 'http://a.test/x../y'],
    ['http://a.test/x/%2E%2E/y', 'http://a.test/y'],
    ['http://a.test/%2e%2E/y', 'http://a.test/y'],
    ['http://a.test/x/.y/../z?/..', 'http://a.test/x/z?/..'],
    ['http://a.test/?q=%2e%7E%5f', 'http://a.test/?q=.~_'],
    ['http://a.test/?q=/%2e%2e/', 'http://a.test/?q=/../'],
    ['http://a.test/%25%36%31', 'http://a.test/%2561'],
    ['http://a.test/%2561', 'http://a.test/%2561'],
    ['http://%61:%2f@a.test/', 'http://a:%2F@a.test/'],
    ['http://a.test/?b=2&a=1', 'http://a.test/?b=2&a=1'],
    ['http://www.a.test/x/', 'http://www.a.test/x/'],
    ['http://a.test//x///y', 'http://a.test//x///y'],
    ['http://a.test/x?', 'http://a.test/x?'],
  ];
  for (const [given, expected] of table) {
    it(`${given} → ${expected}`, () => {
      assert.equal(canonicalUrl(new URL(given)), expected);
      assert.equal(canonicalUrl(new URL(expected)), expected, 'is idempotent');
    });
  }

  describe('characters that RFC 3986 allows only escaped are equal unescaped and escaped', () => {
    const table: Array<[bare: string, expected: string]> = [
      ['http://a.test/|[]^', 'http://a.test/%7C%5B%5D%5E'],
      ['http://a.test/`{}"<> x', 'http://a.test/%60%7B%7D%22%3C%3E%20x'],
      ['http://a.test/?a[]=|^`{}\\', 'http://a.test/?a%5B%5D=%7C%5E%60%7B%7D%5C'],
      ['http://[::1]:81/[', 'http://[::1]:81/%5B'],
      ['http://a.test/é?é', 'http://a.test/%C3%A9?%C3%A9'],
    ];
    for (const [bare, expected] of table) {
      it(`${bare} → ${expected}`, () => {
        assert.equal(canonicalUrl(new URL(bare)), expected);
        assert.equal(canonicalUrl(new URL(expected)), expected);
        assert.equal(canonicalUrl(new URL(expected.toLowerCase())), expected, 'lower-case escapes');
      });
    }
  });

  describe('keeps URLs different if a server may distinguish them', () => {
    const table: Array<[one: string, other: string]> = [
      ['http://a.test/x', 'http://a.test/x?'],
      ['http://a.test/x/y', 'http://a.test/x%2Fy'],
      ['http://a.test/x?y', 'http://a.test/x%3Fy'],
      ['http://a.test/?q=a&b', 'http://a.test/?q=a%26b'],
      ['http://a.test/?q=a+b', 'http://a.test/?q=a%2Bb'],
      ['http://a.test/?q=a+b', 'http://a.test/?q=a%20b'],
      ["http://a.test/'", 'http://a.test/%27'],
      ['http://a.test/100%', 'http://a.test/100%25'],
      ['http://a.test/%61', 'http://a.test/%2561'],
      ['http://a.test/%a', 'http://a.test/%A'],
      ['http://a.test/', 'http://a.test./'],
      ['http://a.test/', 'https://a.test/'],
    ];
    for (const [one, other] of table) {
      it(`${one} and ${other}`, () => assert.notEqual(canonicalUrl(new URL(one)), canonicalUrl(new URL(other))));
    }
  });

  it('decoding never creates an escape after a % that begins none', () => {
    const given = ['%%36%31', '%6%31', '%%61b', '%%%36%31', '%6%%36%31', '%zz%77', '%a%2f'].map((path) => `http://a.test/${path}`);
    const expected = ['%%361', '%6%31', '%%61b', '%%%361', '%6%%361', '%zzw', '%a%2F'].map((path) => `http://a.test/${path}`);
    assert.deepEqual(
      given.map((url) => canonicalUrl(new URL(url))),
      expected,
    );
  });

  it('is idempotent, and equal for all spellings with redundant escapes', () => {
    const random = lcg(6);
    const pieces = [
      '%',
      '%2',
      '%6',
      '%25',
      '%36',
      '%31',
      '%61',
      '%2e',
      '%2E',
      '.',
      '/',
      '%2f',
      '%5C',
      '\\',
      '?',
      '#',
      '&',
      '=',
      '+',
      ';',
      ':',
      '@',
    ];
    pieces.push(
      '|',
      '[',
      ']',
      '^',
      '`',
      '{',
      '}',
      "'",
      '"',
      ' ',
      'a',
      'F',
      '0',
      '~',
      '%7e',
      'é',
      '%c3%a9',
      '%C3',
      '..',
      '//',
      '/../',
      '/%2e%2E/',
    );
    for (let round = 0; round < 5_000; round += 1) {
      let text = 'http://u:p%61@A.test:80/';
      for (let length = random(12); length >= 0; length -= 1) text += pieces[random(pieces.length)];
      const url = new URL(text);
      const canonical = canonicalUrl(url);
      assert.equal(canonicalUrl(new URL(canonical)), canonical, text);
      for (const [octet] of canonical.matchAll(/%[0-9a-f]{2}/gi)) assert.equal(octet, octet.toUpperCase(), text);
      assert.ok(canonical.startsWith(`http://u:pa@a.test${canonicalPath(url)}`), text);
      // Escape some letters and digits. Skipped if a lone % could then become an escape.
      if (!/%(?![0-9a-fA-F]{2})/.test(url.href))
        assert.equal(canonicalUrl(new URL(text.replace(/(?<!%.?)[aF0~](?=[^/]*$)/g, percentEncoded))), canonical, text);
    }
  });
});

function percentEncoded(character: string): string {
  return `%${character.charCodeAt(0).toString(16)}`;
}

/** A linear congruential generator of integers below a bound, with the same sequence in each run. */
function lcg(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

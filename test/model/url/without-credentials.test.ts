import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { maskCredentials, maskUrls, withoutCredentials } from '../../../src/model/url/without-credentials.ts';

function each(mask: (text: string) => string, table: readonly (readonly [given: string, expected: string])[]): void {
  for (const [given, expected] of table) {
    it(`${JSON.stringify(given)} → ${JSON.stringify(expected)}`, () => assert.equal(mask(given), expected));
  }
}

describe('withoutCredentials', () => {
  each(withoutCredentials, [
    ['http://u:p@a.test/x@y', 'http://a.test/x@y'],
    ['http://a.test/x@y', 'http://a.test/x@y'],
    ['https://u@a.test/', 'https://a.test/'],
    ['http://a.test/?q=u:p@b', 'http://a.test/?q=u:p@b'],
  ]);
});

describe('maskCredentials', () => {
  each(maskCredentials, [
    // valid URLs with credentials
    ['http://u:p@a.test/x@y', 'http://***@a.test/x@y'],
    ['HTTPS://u@a.test', 'HTTPS://***@a.test'],
    ['  http://u:p@a.test', '  http://***@a.test'],
    ['http://user:p@ss@a.test/', 'http://***@a.test/'],
    ['http://user:s3 cret@a.test/', 'http://***@a.test/'],
    ['http:///user:s3cret@127.0.0.1:9/p', 'http:///***@127.0.0.1:9/p'],
    ['http:\\\\user:s3cret@a.test', 'http:\\\\***@a.test'],
    ['http:user:s3cret@a.test', 'http:***@a.test'],
    ['http://\t/user:s3cret@a.test/', 'http://\t/***@a.test/'],
    // valid URLs without credentials
    ['https://medium.com/@user', 'https://medium.com/@user'],
    ['http://a.test/?q=u:p@b', 'http://a.test/?q=u:p@b'],
    ['http://a.test/a b@c', 'http://a.test/a b@c'],
    // text that is not a valid http(s) URL
    ['ftp://user:s3cret@h/x', 'ftp://***@h/x'],
    ['htp://pu:pw@h/', 'htp://***@h/'],
    ['http://user:s3cret@127.0.0.1:99999/', 'http://***@127.0.0.1:99999/'],
    ['http://user:s3#cret@127.0.0.1/', 'http://***@127.0.0.1/'],
    ['http://user:s3/cret@127.0.0.1/', 'http://***@127.0.0.1/'],
    ['http://user:s3 cret@127.0.0.1:99999/', 'http://***@127.0.0.1:99999/'],
    ['user:s3cret@example.com/', '***@example.com/'],
    ['token@example.com/', '***@example.com/'],
    ['//user:s3cret@example.com/', '//***@example.com/'],
    ['ht\ttp://user:s3cret@example.com/', '***@example.com/'],
    ['\u0001http://user:s3cret@example.com/', '***@example.com/'],
    ['# http://user:s3cret@example.com/', '# http://***@example.com/'],
    ['mailto://user:s3cret@example.com/', 'mailto://***@example.com/'],
    // mailto: URLs and other text
    ['mailto:jo@example.com', 'mailto:jo@example.com'],
    ['MAILTO:jo@example.com?cc=b@c.test', 'MAILTO:jo@example.com?cc=b@c.test'],
    ['nothing to hide', 'nothing to hide'],
  ]);
});

describe('maskUrls', () => {
  each(maskUrls, [
    ["unknown option '--redsi=redis://:s3cret@h/1'", "unknown option '--redsi=redis://***@h/1'"],
    ['no run http://u:p@h/ and no http://v:q@i/', 'no run http://***@h/ and no http://***@i/'],
    ['https://medium.com/@user and me@example.com', 'https://medium.com/@user and me@example.com'],
    ['{"redis":"redis://h:1","to":"a@b"}', '{"redis":"redis://h:1","to":"a@b"}'],
  ]);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { headerLine, userAgent } from '../../src/options/parse-values.ts';

const GOOD: readonly (readonly [string, readonly [string, string]])[] = [
  ['Accept: text/html', ['Accept', 'text/html']],
  ['X-Empty:', ['X-Empty', '']],
  ['x-time:  12:30 \t', ['x-time', '12:30']],
  ['Host: example.com', ['Host', 'example.com']],
  ['Authorization: env:API_TOKEN', ['Authorization', 'env:API_TOKEN']],
  ['X-Umlaut: ü', ['X-Umlaut', 'ü']],
];

for (const [line, header] of GOOD) {
  test(`header ${JSON.stringify(line)}`, () => {
    assert.deepEqual(headerLine(line), { ok: true, value: header });
  });
}

const BAD: readonly (readonly [string, RegExp])[] = [
  ['no colon', /no ":"/],
  [': value', /not a header name/],
  ['a b: c', /not a header name/],
  ['ключ: c', /not a header name/],
  ['X-Evil: a\r\nX-Other: b', /line break/],
  ['X-Evil: a\nb', /line break/],
  ['X-Nul: a\0b', /another character/],
  ['X-Wide: \u4f60', /another character/],
  ['Content-Length: 5', /belongs to the connection/],
  ['transfer-encoding: chunked', /belongs to the connection/],
  ['User-Agent: me', /--user-agent/],
  ['Authorization: env:', /environment variable/],
  ['Authorization: env:MY-TOKEN', /environment variable/],
];

for (const [line, problem] of BAD) {
  test(`header ${JSON.stringify(line)} is refused`, () => {
    const result = headerLine(line);
    assert.match(result.ok ? 'it was taken' : result.problem, problem);
  });
}

test('a problem never shows the value, because it may be a secret', () => {
  const result = headerLine('Authorization: Bearer s3cret\u4f60');
  assert.doesNotMatch(JSON.stringify(result), /s3cret/);
});

test('a user agent is trimmed, and neither empty nor able to end its header', () => {
  assert.deepEqual(userAgent(' me/1.0 '), { ok: true, value: 'me/1.0' });
  assert.equal(userAgent(' ').ok, false);
  assert.equal(userAgent('me\r\nX: y').ok, false);
});

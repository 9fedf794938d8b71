import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_RECORD_CHARS, parseRecordLine, withRecordUrl } from '../../../src/model/lines/record-line.ts';

const URL_TEXT = 'http://a.test/x';
const record = (fields: object) => JSON.stringify({ url: URL_TEXT, ...fields });

const good: ReadonlyArray<readonly [line: string, request: object]> = [
  [record({}), {}],
  [JSON.stringify(URL_TEXT), {}],
  [` ${record({ method: 'post', body: 'a=1' })} `, { method: 'POST', body: 'a=1' }],
  [record({ method: 'PUT', body: '' }), { method: 'PUT', body: '' }],
  [record({ method: 'POST', body: { a: [1] } }), { method: 'POST', headers: [['content-type', 'application/json']], body: '{"a":[1]}' }],
  [
    record({ method: 'POST', body: [1], headers: { 'Content-Type': 'application/vnd.x+json' } }),
    { method: 'POST', headers: [['Content-Type', 'application/vnd.x+json']], body: '[1]' },
  ],
  [
    record({ headers: { 'x-n': 5, authorization: 'env:TOKEN' } }),
    {
      headers: [
        ['x-n', '5'],
        ['authorization', 'env:TOKEN'],
      ],
    },
  ],
  [record({ method: 'POST', repeatable: true }), { method: 'POST', repeatable: true }],
  [record({ method: 'POST', body: null }), { method: 'POST', headers: [['content-type', 'application/json']], body: 'null' }],
  [
    `{"url": "${URL_TEXT}", "method": "POST", "body": {"id": 9007199254740993, "2": 1.50, "1": "\\u00e9", "1": 1e2}, "meta": [1.50]}`,
    {
      method: 'POST',
      headers: [['content-type', 'application/json']],
      body: String.raw`{"id": 9007199254740993, "2": 1.50, "1": "\u00e9", "1": 1e2}`,
      meta: [1.5],
      metaText: '[1.50]',
    },
  ],
  [record({ method: 'POST', repeatable: false, headers: null, accept: null }), { method: 'POST' }],
  [
    record({ accept: '200-204,404' }),
    {
      accept: [
        [200, 204],
        [404, 404],
      ],
    },
  ],
  [record({ accept: 404, contains: 'x' }), { accept: [[404, 404]], contains: 'x' }],
  [record({ meta: null }), { meta: null }],
  [record({ meta: { id: 7, verdict: 'ok', depth: 3 } }), { meta: { id: 7, verdict: 'ok', depth: 3 } }],
];
for (const [line, request] of good) {
  test(`accepts ${line}`, () => {
    const seed = parseRecordLine(line);
    assert.ok(seed.kind === 'url');
    assert.deepEqual([seed.url, seed.request], [URL_TEXT, request]);
  });
}

const bad: ReadonlyArray<readonly [line: string, code: string, message: RegExp]> = [
  ['{"url": "http://a.test/"', 'NOT_A_RECORD', /not JSON/],
  ['[1]', 'NOT_A_RECORD', /write it like/],
  ['null', 'NOT_A_RECORD', /write it like/],
  ['5', 'NOT_A_RECORD', /write it like/],
  ['{}', 'NOT_A_RECORD', /no "url"/],
  ['{"url": 5}', 'NOT_A_RECORD', /no "url"/],
  ['{"url": "# not"}', 'NOT_A_RECORD', /not a URL/],
  ['{"url": "ftp://a.test/"}', 'UNSUPPORTED_SCHEME', /ftp/],
  ['{"url": "nowhere"}', 'NOT_A_URL', /not a URL/],
  ['{"url": " "}', 'NOT_A_RECORD', /"url" is empty/],
  [record({ id: 1 }), 'NOT_A_RECORD', /field "id": put .* under "meta"/],
  [record({ __proto__x: 1 }), 'NOT_A_RECORD', /field/],
  [record({ method: 'GET', body: 'x' }), 'NOT_A_RECORD', /GET sends none/],
  [record({ method: 'CONNECT' }), 'NOT_A_RECORD', /method: the method CONNECT cannot be sent/],
  [record({ method: 'GET /\r\nx' }), 'NOT_A_RECORD', /method: is not a request method/],
  [record({ method: 5 }), 'NOT_A_RECORD', /method: is not text/],
  [record({ headers: [] }), 'NOT_A_RECORD', /headers: is not an object/],
  [record({ headers: { a: {} } }), 'NOT_A_RECORD', /"a" is not text/],
  [record({ headers: { 'a b': 'c' } }), 'NOT_A_RECORD', /not a header name/],
  [record({ headers: { a: 'b\r\nc: d' } }), 'NOT_A_RECORD', /line break/],
  [record({ headers: { host: 'x', 'content-length': '5' } }), 'NOT_A_RECORD', /content-length belongs/],
  [record({ accept: '99' }), 'NOT_A_RECORD', /accept: /],
  [record({ repeatable: 'yes' }), 'NOT_A_RECORD', /true or false/],
  [record({ meta: 'x'.repeat(MAX_RECORD_CHARS) }), 'LINE_TOO_LONG', /longer than/],
];
for (const [line, code, message] of bad) {
  test(`rejects ${line.slice(0, 60)}`, () => {
    const seed = parseRecordLine(line);
    assert.ok(seed.kind === 'invalid', JSON.stringify(seed));
    assert.equal(seed.code, code);
    assert.match(seed.message, message);
  });
}

test('accepts a record of a megabyte', () => {
  const body = 'x'.repeat(1_000_000);
  const seed = parseRecordLine(record({ method: 'POST', body }));
  assert.equal(seed.kind === 'url' && seed.request?.body, body);
});

test('a record that cannot be requested keeps the text of its meta', () => {
  const seed = parseRecordLine('{"url": "no url", "meta": {"id": 9007199254740993}}');
  assert.equal(seed.kind === 'invalid' && seed.metaText, '{"id": 9007199254740993}');
});

test('ignores blank lines and comments', () => {
  for (const line of ['', '  ', '# {"url": 1}']) assert.equal(parseRecordLine(line).kind, 'blank');
});

test('credentials in an invalid record are not shown', () => {
  for (const line of [
    '{"url": "http://user:secret@a.test/", "id": 1}',
    '{"url": "http://user:secret@a.test/", "method": "NO WAY"}',
    '{"url": "http://user:secret@a.test/"',
  ]) {
    assert.doesNotMatch(JSON.stringify(parseRecordLine(line)), /secret/);
  }
});

test('only the URL of an invalid record is shown, because its headers may be secret', () => {
  const headers = '"headers": {"Authorization": "Bearer secret"}';
  for (const [line, shown] of [
    [`{"url": "${URL_TEXT}", ${headers},}`, URL_TEXT],
    [`{${headers}, "url": "${URL_TEXT}"`, URL_TEXT],
    [`{"url": "${URL_TEXT}", "headers": {"Authorization": Bearer secret}}`, URL_TEXT],
    [`{"uri": "${URL_TEXT}", ${headers}}`, '{…}'],
    [`[{${headers}}]`, '{…}'],
    [record({ headers: { Authorization: 'Bearer secret' }, meta: 'x'.repeat(MAX_RECORD_CHARS) }), URL_TEXT],
    [`{"url": 5, ${headers}}`, '{…}'],
    [URL_TEXT, URL_TEXT],
  ] as const) {
    const seed = parseRecordLine(line);
    assert.ok(seed.kind === 'invalid');
    assert.equal(seed.input, shown);
    assert.doesNotMatch(seed.message, /secret/);
  }
});

test('withRecordUrl changes only the URL', () => {
  const line = withRecordUrl('{"url":"http://u:p@a.test/","method":"POST","meta":{"mail":"a@b"}}', 'http://***@a.test/');
  assert.deepEqual(JSON.parse(line), { url: 'http://***@a.test/', method: 'POST', meta: { mail: 'a@b' } });
  assert.equal(withRecordUrl('"http://u:p@a.test/"', 'x'), '"x"');
});

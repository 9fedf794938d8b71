import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TolerantResponse } from '../../../src/fetch/connection/tolerant-response.ts';

const OK = 'HTTP/1.1 200 OK\r\n';
const CHUNKED = `${OK}transfer-encoding: chunked\r\n\r\n`;
const LENGTH = 'content-length: 2\r\n';

function rewritten(octets: string, { method = 'GET', pieceLength = octets.length } = {}): [strict: string, faults: string] {
  const response = new TolerantResponse(method);
  const written = Buffer.from(octets, 'latin1');
  let strict = '';
  for (let at = 0; at < written.length; at += pieceLength)
    strict += response.write(written.subarray(at, at + pieceLength)).toString('latin1');
  return [strict, [...response.faults].join(' ')];
}

/** What a server writes, what the strict parser gets, and the faults. */
const ACCEPTED: Readonly<Record<string, readonly [written: string, strict: string, faults: string]>> = {
  'no fault at all': [`${OK}X: a b\r\n${LENGTH}\r\nok`, `HTTP/1.1 200\r\nX: a b\r\n${LENGTH}\r\nok`, ''],
  'LF alone': ['HTTP/1.1 200 OK\nx: 1\ncontent-length: 2\n\no\nk', `HTTP/1.1 200\r\nx: 1\r\n${LENGTH}\r\no\nk`, 'line-feed'],
  'LF between CRLF': [`${OK}x: 1\n${LENGTH}\r\nok`, `HTTP/1.1 200\r\nx: 1\r\n${LENGTH}\r\nok`, 'line-feed'],
  'a folded value': [`${OK}x: a\r\n \t b\r\n\r\n`, 'HTTP/1.1 200\r\nx: a b\r\n\r\n', 'folded-header'],
  'control characters': [`${OK}x: a\x01b\x7f\rc\r\n\r\n`, 'HTTP/1.1 200\r\nx: a b  c\r\n\r\n', 'control-character'],
  'non-ASCII bytes': [`${OK}x: \xe4\xff\r\n\r\n`, 'HTTP/1.1 200\r\nx: \xe4\xff\r\n\r\n', ''],
  'invalid names': [`${OK}x a: 1\r\nx[y]: 1\r\n: 1\r\nnone\r\nb: 2\r\n\r\n`, 'HTTP/1.1 200\r\nb: 2\r\n\r\n', 'header-name'],
  'a space before the colon': [`${OK}Location : /x\r\n\r\n`, 'HTTP/1.1 200\r\nLocation: /x\r\n\r\n', 'header-name'],
  'a space before the colon of the length': [
    `${OK}Content-Length \t: 2\r\n\r\nok`,
    'HTTP/1.1 200\r\ncontent-length: 2\r\n\r\nok',
    'header-name',
  ],
  'equal lengths': [`${OK}${LENGTH}Content-Length: 2\r\n\r\nok`, `HTTP/1.1 200\r\n${LENGTH}\r\nok`, 'repeated-content-length'],
  'a list of equal lengths': [`${OK}content-length: 2, 2\r\n\r\nok`, `HTTP/1.1 200\r\n${LENGTH}\r\nok`, 'repeated-content-length'],
  'a length beside chunks': [
    `${OK}${LENGTH}Transfer-Encoding: Chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n`,
    'HTTP/1.1 200\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
    'length-and-transfer-encoding',
  ],
  'a length beside identity': [
    `${OK}transfer-encoding: identity\r\n${LENGTH}\r\nok`,
    `HTTP/1.1 200\r\n${LENGTH}\r\nok`,
    'length-and-transfer-encoding',
  ],
  'spaces after the size of a chunk': [
    `${CHUNKED}2  \r\nok\r\n0\t\r\n\r\n`,
    'HTTP/1.1 200\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n',
    'chunk-size',
  ],
  'LF between chunks': [`${CHUNKED}2\nok\n0\n\n`, 'HTTP/1.1 200\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n', 'line-feed'],
  'extensions and invalid trailers': [
    `${CHUNKED}2;a="b"\r\nok\r\n0\r\nx y: 1\r\n\r\nrest`,
    'HTTP/1.1 200\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n',
    'header-name',
  ],
  'two spaces in the status line': ['HTTP/1.0  404 No\r\n\r\n', 'HTTP/1.0 404\r\n\r\n', 'status-line'],
  'the version of another protocol': ['HTTP/2 200 OK\r\n\r\n', 'HTTP/1.1 200\r\n\r\n', 'status-line'],
  'a version that the strict parser accepts': ['HTTP/2.0 200 OK\r\n\r\n', 'HTTP/1.1 200\r\n\r\n', ''],
  'a lower-case version': ['http/1.0 200 OK\r\n\r\n', 'HTTP/1.0 200\r\n\r\n', 'status-line'],
  'the status line of SHOUTcast': ['ICY 200 OK\r\nicy-name: x\r\n\r\nmp3', 'HTTP/1.0 200\r\nicy-name: x\r\n\r\nmp3', 'status-line'],
  'CR CR LF': ['HTTP/1.1 200 OK\r\r\nContent-Length: 2\r\r\n\r\r\nok', `HTTP/1.1 200\r\n${LENGTH}\r\nok`, 'control-character'],
  'compressed chunks': [
    `${OK}transfer-encoding: gzip, chunked\r\nx: \x01\r\n\r\n2\r\nok\r\n0\r\n\r\n`,
    'HTTP/1.1 200\r\nx:  \r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n',
    'control-character',
  ],
  'interim responses first': [`HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nx: 1\r\n\r\n${OK}\r\nok`, 'HTTP/1.1 200\r\n\r\nok', ''],
  'empty lines first': [`\r\n\n${OK}\r\nok`, 'HTTP/1.1 200\r\n\r\nok', ''],
};

for (const [what, [written, strict, faults]] of Object.entries(ACCEPTED)) {
  test(`rewrites a response with ${what}, however it is split`, () => {
    for (const pieceLength of [written.length, 1, 2, 3, 7])
      assert.deepEqual(rewritten(written, { pieceLength }), [strict, faults], String(pieceLength));
  });
}

/** Responses that could be understood as two different ones, or that are invalid. */
const REFUSED: Readonly<Record<string, readonly [written: string, why: RegExp]>> = {
  'lengths that differ': [`${OK}${LENGTH}content-length: 3\r\n\r\nokk`, /Content-Length headers differ \(2, 3\)/],
  'a list of lengths that differ': [`${OK}content-length: 2, 3\r\n\r\n`, /differ/],
  'lengths that differ beside chunks': [`${OK}${LENGTH}content-length: 3\r\ntransfer-encoding: chunked\r\n\r\n`, /differ/],
  'a length that is not a number': [`${OK}content-length: 2x\r\n\r\nok`, /Content-Length is not a number/],
  'an empty length': [`${OK}content-length: \r\n\r\nok`, /not a number/],
  'a length with a sign': [`${OK}content-length: +2\r\n\r\nok`, /not a number/],
  'a length with a control character': [`${OK}content-length: 2\x01\r\n\r\nok`, /control characters/],
  'a blank after Transfer-Encoding': [`${OK}transfer-encoding : chunked\r\n\r\n`, /misspelt/],
  'a blank after one of two lengths': [`${OK}${LENGTH}content-length : 2\r\n\r\nok`, /blank before its colon stands beside another/],
  'a blank after Content-Length beside chunks': [
    `${OK}content-length : 2\r\ntransfer-encoding: chunked\r\n\r\n`,
    /blank before its colon stands beside another/,
  ],
  'a folded length with a blank': [`${OK}content-length :\r\n 2\r\n\r\nok`, /folded/],
  'a length with a blank that is no number': [`${OK}content-length : two\r\n\r\nok`, /not a number/],
  'a length with a blank and a control character': [`${OK}content-length : 2\x01\r\n\r\nok`, /control characters/],
  'a blank before Transfer-Encoding': [`${OK} transfer-encoding: chunked\r\n\r\n`, /misspelt/],
  'a blank within Transfer-Encoding': [`${OK}transfer-encoding\x0b: chunked\r\n\r\n`, /misspelt/],
  'a folded length': [`${OK}content-length:\r\n 2\r\n\r\nok`, /folded/],
  'a folded Transfer-Encoding': [`${OK}transfer-encoding: chunked,\r\n gzip\r\n\r\n`, /folded/],
  'another transfer encoding': [`${OK}transfer-encoding: xchunked\r\n\r\n`, /not chunked/],
  'chunks within chunks': [`${OK}transfer-encoding: chunked, chunked\r\n\r\n`, /not chunked/],
  'NUL in a header': [`${OK}x: a\0b\r\n\r\n`, /NUL/],
  'a chunk size that is not a number': [`${CHUNKED}zz\r\nok`, /size of a chunk/],
  'a space before a chunk size': [`${CHUNKED} 2\r\nok`, /size of a chunk/],
  'a chunk size that is too large for a number': [`${CHUNKED}ffffffffffffffffff\r\nok`, /size of a chunk/],
  'a chunk longer than its size': [`${CHUNKED}2\r\nokMORE\r\n`, /longer than its size/],
  'an endless line between chunks': [`${CHUNKED}2;${'x'.repeat(20_000)}`, /too long/],
  'no status line': ['<html>\r\n\r\n', /status line/],
  'a status below 100': ['HTTP/1.1 099 X\r\n\r\n', /status line/],
  'chunks that are encoded again': [`${OK}transfer-encoding: chunked, gzip\r\n\r\n`, /not chunked/],
  'a status of two digits': ['HTTP/1.1 99 X\r\n\r\n', /status line/],
  'interim responses without end': ['HTTP/1.1 100 Continue\r\n\r\n'.repeat(17), /interim/],
};

for (const [what, [written, why]] of Object.entries(REFUSED)) {
  test(`refuses a response with ${what}`, () => {
    for (const pieceLength of [written.length, written.length > 1_000 ? 1_000 : 1])
      assert.throws(() => rewritten(written, { pieceLength }), why);
  });
}

test('a head is complete at the end of the connection if its last line is complete', () => {
  const ended = (octets: string): [string, boolean, string[]] => {
    const response = new TolerantResponse('GET');
    response.write(Buffer.from(octets));
    return [response.end().toString(), response.isWithinHead, [...response.faults]];
  };
  assert.deepEqual(ended(`${OK}x: 1\r\n`), ['HTTP/1.1 200\r\nx: 1\r\n\r\n', false, ['unfinished-head']]);
  assert.deepEqual(ended(`${OK}Location: /ha`), ['', true, []]);
  assert.deepEqual(ended(''), ['', false, []]);
});

test('refuses a head that never ends', () => {
  assert.throws(() => rewritten(`${OK}x: ${'a'.repeat(70_000)}`), { code: 'HEADERS_TOO_LARGE' });
});

test('does not read chunks of a response without a body', () => {
  const head = `${OK}transfer-encoding: chunked\r\n\r\n`;
  assert.equal(rewritten(`${head}anything`, { method: 'HEAD' })[0], `HTTP/1.1 200\r\ntransfer-encoding: chunked\r\n\r\nanything`);
  assert.match(rewritten('HTTP/1.1 204 No\r\ntransfer-encoding: chunked\r\n\r\nx')[0], /x$/);
});

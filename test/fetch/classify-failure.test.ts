import assert from 'node:assert/strict';
import { test } from 'node:test';
import { classifyFailure, isConnectionGone } from '../../src/fetch/classify-failure.ts';

const PLACE = { host: 'h.example:80', headersArrived: false };

const CASES: ReadonlyArray<readonly [code: string, verdict: string, retryable: boolean]> = [
  ['ENOTFOUND', 'dns', false],
  ['EAI_AGAIN', 'dns', true],
  ['ECONNREFUSED', 'refused', true],
  ['EHOSTUNREACH', 'refused', true],
  ['ECONNRESET', 'reset', true],
  ['EPIPE', 'reset', true],
  ['ETIMEDOUT', 'timeout', true],
  ['CERT_HAS_EXPIRED', 'tls', false],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'tls', false],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'tls', false],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'tls', false],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'tls', false],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'tls', false],
  ['EPROTO', 'tls', false],
  ['Z_DATA_ERROR', 'protocol', false],
  ['ERR__ERROR_FORMAT_PADDING_1', 'protocol', false],
  ['PRIVATE_ADDRESS', 'private-address', false],
  ['SOMETHING_NEW', 'protocol', false],
];

test('gives each kind of error its verdict, keeps its code and names the host', () => {
  for (const [code, verdict, retryable] of CASES) {
    const failure = classifyFailure(Object.assign(new Error(`h.example:80 ${code}`), { code }), PLACE);
    assert.deepEqual([failure.verdict, failure.code, failure.retryable], [verdict, code, retryable]);
    assert.match(failure.message, /h\.example:80/, code);
  }
});

test('gives errors of undici a verdict and a code of our own', () => {
  const table: ReadonlyArray<readonly [code: string, name: string, message: string, arrived: boolean, verdict: string, told: string]> = [
    ['UND_ERR_SOCKET', 'SocketError', 'other side closed', false, 'reset', 'CONNECTION_CLOSED'],
    ['UND_ERR_SOCKET', 'SocketError', 'bad response', false, 'protocol', 'OUT_OF_TURN'],
    ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'Error', 'x', true, 'reset', 'BODY_CUT_SHORT'],
    ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'Error', 'x', false, 'protocol', 'BAD_HTTP'],
    ['', 'HTTPParserError', 'Response does not match the HTTP/1.1 protocol (Invalid EOF state)', true, 'reset', 'BODY_CUT_SHORT'],
    ['', 'HTTPParserError', 'Response does not match the HTTP/1.1 protocol (Expected dot)', false, 'protocol', 'BAD_HTTP'],
    ['UND_ERR_HEADERS_OVERFLOW', 'Error', 'x', false, 'protocol', 'HEADERS_TOO_LARGE'],
  ];
  for (const [code, name, message, headersArrived, verdict, told] of table) {
    const failure = classifyFailure(Object.assign(new Error(message), { code, name }), { ...PLACE, headersArrived });
    assert.deepEqual([failure.verdict, failure.code], [verdict, told], message);
  }
});

test('classifies any thrown value', () => {
  for (const thrown of [undefined, null, 'text', 7, {}, new Error('x'), { code: 5 }]) {
    assert.deepEqual([classifyFailure(thrown, PLACE).verdict, classifyFailure(thrown, PLACE).code], ['protocol', 'UNKNOWN']);
  }
});

test('reports only the reason of an OpenSSL error', () => {
  const message = '40C7F:error:0A00010B:SSL routines:ssl3_get_record:wrong version number:../deps/openssl/ssl/record.c:355:\n';
  const { message: told } = classifyFailure(Object.assign(new Error(message), { code: 'ERR_SSL_WRONG_VERSION_NUMBER' }), PLACE);
  assert.match(told, /: wrong version number$/);
});

test('distinguishes a closed connection from a peer that sent unrequested data', () => {
  assert.equal(isConnectionGone(Object.assign(new Error('other side closed'), { code: 'UND_ERR_SOCKET' })), true);
  assert.equal(isConnectionGone(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })), true);
  assert.equal(isConnectionGone(Object.assign(new Error('bad response'), { code: 'UND_ERR_SOCKET' })), false);
  assert.equal(isConnectionGone(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' })), false);
});

test('names a zstd window that is too large as the reason', () => {
  const error = Object.assign(new Error('Frame requires too much memory for decoding'), {
    code: 'ZSTD_error_frameParameter_windowTooLarge',
  });
  const { verdict, message } = classifyFailure(error, PLACE);
  assert.equal(verdict, 'protocol');
  assert.match(message, /zstd body with a window above 8 MiB/);
});

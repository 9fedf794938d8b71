import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { brotliCompressSync, constants } from 'node:zlib';
import { ACCEPT_ENCODING, decoderWindowBytes, readEncodings } from '../../../src/fetch/body/content-encoding.ts';

test('reads names in any case, and ignores unknown ones', () => {
  assert.deepEqual(readEncodings(undefined), { kind: 'identity' });
  assert.deepEqual(readEncodings('identity'), { kind: 'identity' });
  assert.deepEqual(readEncodings('utf-8, none'), { kind: 'identity' });
  assert.deepEqual(readEncodings(' GZIP , br'), { kind: 'encoded', names: ['gzip', 'br'] });
});

test('accepts five encodings, but not six', () => {
  assert.equal(readEncodings(Array(5).fill('gzip').join()).kind, 'encoded');
  assert.equal(readEncodings(Array(6).fill('gzip').join()).kind, 'too-many');
});

test('requests only encodings that it can decode', () => {
  assert.match(ACCEPT_ENCODING, /^gzip, deflate, br(?:, zstd)?$/);
});

test('knows the windows of decoders before they decode', () => {
  const text = randomBytes(100_000);
  for (let log = constants.BROTLI_MIN_WINDOW_BITS; log <= constants.BROTLI_MAX_WINDOW_BITS; log++) {
    const body = brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_LGWIN]: log } });
    assert.equal(decoderWindowBytes(['br'], body[0] ?? 0), 2 ** log, `window of 2 ** ${log}`);
  }
  assert.equal(decoderWindowBytes(['gzip', 'deflate'], 0x78), 0);
  assert.equal(decoderWindowBytes(['zstd'], 0x28), 8 * 1_048_576);
  assert.equal(decoderWindowBytes(['br', 'gzip'], 0x1f), 16 * 1_048_576, 'inside another encoding it may be any');
});

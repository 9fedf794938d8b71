import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { bodyText, decodeBytes, decodedSlices } from '../../../src/parse/charset/body-text.ts';

const bytes = (...parts: Array<string | readonly number[]>) =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part))));
const utf8 = (text: string) => Buffer.from(text, 'utf8');
const utf16be = (text: string) => Buffer.from(text, 'utf16le').swap16();
const html = 'text/html';

const CASES: ReadonlyArray<readonly [name: string, body: Uint8Array, contentType: string | undefined, text: string]> = [
  ['nothing', bytes(), undefined, ''],
  ['plain ASCII', bytes('hello'), undefined, 'hello'],
  ['UTF-8 without a label', utf8('grüße, 日本'), html, 'grüße, 日本'],
  ['UTF-8 that was cut within a character', utf8('abc日').subarray(0, 5), html, 'abc'],
  [
    'windows-1252 without a label, which is not valid UTF-8',
    bytes('na', [0xef], 've ', [0x93], 'x', [0x94], ' ', [0x80]),
    html,
    'naïve “x” €',
  ],
  [
    'a UTF-8 byte order mark, which overrides the header',
    bytes([0xef, 0xbb, 0xbf], utf8('ü').toString('latin1')),
    `${html}; charset=koi8-r`,
    'ü',
  ],
  ['a little-endian UTF-16 byte order mark', bytes([0xff, 0xfe], [...Buffer.from('añ', 'utf16le')]), html, 'añ'],
  ['a big-endian UTF-16 byte order mark', bytes([0xfe, 0xff], [...utf16be('añ')]), html, 'añ'],
  ['the charset of the header', bytes([0xd4, 0xc5, 0xd3, 0xd4]), `${html}; charset=koi8-r`, 'тест'],
  ['the charset of the header in quotes and capitals', bytes([0x82, 0xa0]), 'text/html; Charset="Shift_JIS"; x=1', 'あ'],
  [
    'the charset of the header, which overrides the page',
    bytes('<meta charset=koi8-r>', [0xfc]),
    `${html}; charset=iso-8859-1`,
    '<meta charset=koi8-r>ü',
  ],
  ['ISO-8859-1 as windows-1252', bytes([0x92]), `${html}; charset=ISO-8859-1`, '’'],
  [
    'an unknown label in the header, with a label in the page',
    bytes('<meta charset=koi8-r>', [0xd4]),
    `${html}; charset=klingon`,
    '<meta charset=koi8-r>т',
  ],
  ['an unknown label, as UTF-8', utf8('ü'), `${html}; charset=klingon`, 'ü'],
  ['a <meta charset>', bytes('<html><head><meta charset="windows-1251">', [0xcf]), html, '<html><head><meta charset="windows-1251">П'],
  [
    'a <meta http-equiv>',
    bytes('<META http-equiv="Content-Type" content="text/html; charset=euc-jp">', [0xa4, 0xa2]),
    html,
    '<META http-equiv="Content-Type" content="text/html; charset=euc-jp">あ',
  ],
  [
    'a page with a <meta> in a comment, which is ignored',
    bytes('<!-- <meta charset=koi8-r> -->', [0xfc]),
    html,
    '<!-- <meta charset=koi8-r> -->ü',
  ],
  [
    'a page with a <meta> after the first 1,024 bytes, which is ignored',
    bytes(' '.repeat(1_024), '<meta charset=koi8-r>', [0xfc]),
    html,
    `${' '.repeat(1_024)}<meta charset=koi8-r>ü`,
  ],
  ['a <meta> that says UTF-16, as UTF-8', bytes('<meta charset=utf-16le>', utf8('ü').toString('latin1')), html, '<meta charset=utf-16le>ü'],
  [
    'an XML declaration',
    bytes('<?xml version="1.0" encoding="ISO-8859-2"?>', [0xb1]),
    'application/xml',
    '<?xml version="1.0" encoding="ISO-8859-2"?>ą',
  ],
  ['bytes that are invalid in the declared encoding', bytes('a', [0xff], 'b'), `${html}; charset=utf-8`, 'a�b'],
];

for (const [name, body, contentType, text] of CASES) test(`decodes ${name}`, () => assert.equal(bodyText(body, contentType), text));

test('decodes every byte of windows-1252 as the WHATWG index does', () => {
  const all = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  const text = bodyText(all, 'text/plain; charset=windows-1252');
  assert.equal(text.length, 256);
  assert.equal(text.slice(0x80, 0xa1), '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ\xa0');
  assert.equal(text[0xff], 'ÿ');
});

test('reads only the given part of a larger buffer', () => {
  const whole = utf8('before|grüße|after');
  assert.equal(bodyText(whole.subarray(7, 14)), 'grüße');
});

test('never throws, whatever the bytes and the label', () => {
  const labels = ['', 'utf-16', 'replacement', 'iso-2022-kr', 'x-user-defined', '\u0000', 'gb18030', 'big5', 'iso-2022-jp'];
  let seed = 1;
  const random = () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed;
  };
  for (const label of labels) {
    for (let round = 0; round < 50; round++) {
      const body = Uint8Array.from({ length: random() % 64 }, () => random() % 256);
      assert.equal(typeof bodyText(body, `text/html; charset=${label}`), 'string');
    }
  }
});

test('decodes UTF-32 by its byte order mark or label, and replaces invalid code points', () => {
  const be = Uint8Array.of(0, 0, 0xfe, 0xff, 0, 0, 0, 0x68, 0, 1, 0xf6, 0, 0, 0, 0xd8, 0, 0xff, 0xff, 0xff, 0xff, 1);
  assert.equal(bodyText(be), 'h😀\ufffd\ufffd');
  const le = Uint8Array.of(0xff, 0xfe, 0, 0, 0x68, 0, 0, 0);
  assert.equal(bodyText(le, 'text/html; charset=utf-8'), 'h');
  assert.equal(bodyText(le.subarray(4), 'text/html; charset=utf-32le'), 'h');
  assert.equal(bodyText(be.subarray(4, 8), 'text/html; charset=UTF-32'), 'h');
});

const CORPUS = new URL('../../../../shared/corpora/charset-w3lib.json', import.meta.url);
const skip = existsSync(CORPUS) ? false : 'the corpus is not here';
test('passes the cases of w3lib', { skip }, () => {
  const { cases } = JSON.parse(readFileSync(CORPUS, 'utf8')) as {
    cases: Array<{ id: string; content_type: string | null; body_b64: string; expected: { text: string } }>;
  };
  assert.ok(cases.length > 10);
  for (const { id, content_type, body_b64, expected } of cases) {
    assert.equal(bodyText(Buffer.from(body_b64, 'base64'), content_type ?? undefined), expected.text, id);
  }
});

test('decoding in slices gives the whole text, wherever the slices are cut', () => {
  // Characters of one to four bytes, so that the cuts fall at every position within a character.
  const encodings: Record<string, [piece: Buffer, text: string]> = {
    gbk: [Buffer.from([0x41, 0xc4, 0xe3, 0xba, 0xc3]), 'A你好'],
    gb18030: [Buffer.from([0x41, 0x90, 0x30, 0x81, 0x30]), 'A\u{10000}'],
    shift_jis: [Buffer.from([0x41, 0x93, 0xfa]), 'A日'],
    'utf-16le': [Buffer.from([0x41, 0, 0x3d, 0xd8, 0, 0xde]), 'A😀'],
    'utf-32be': [Buffer.from([0, 0, 0, 0x41, 0, 1, 0xf6, 0, 0, 0, 0x42, 0x43]), 'A😀\u4243'],
    'windows-1252': [Buffer.from([0x41, 0x93, 0xe4]), 'A“ä'],
  };
  for (const [encoding, [piece, text]] of Object.entries(encodings)) {
    const count = Math.ceil(300_000 / piece.length);
    const body = Buffer.concat(Array(count).fill(piece));
    assert.ok([...decodedSlices(body, encoding)].length > 3, `${encoding} is decoded in slices`);
    assert.ok(decodeBytes(body, encoding) === text.repeat(count), encoding);
  }
});

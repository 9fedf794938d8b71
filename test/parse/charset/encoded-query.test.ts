import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { decodeBytes } from '../../../src/parse/charset/body-text.ts';
import { withEncodedQuery } from '../../../src/parse/charset/encoded-query.ts';
import { read, shown } from '../links/read-document.ts';

const queryOf = (text: string, encoding: string) => new URL(withEncodedQuery(`?${text}`, encoding), 'http://h.test/').search.slice(1);

const CASES: ReadonlyArray<readonly [encoding: string, text: string, query: string]> = [
  ['windows-1252', 'é€', '%E9%80'],
  ['windows-1252', 'a б', 'a%20%26%231073%3B'],
  ['windows-1251', 'привет', '%EF%F0%E8%E2%E5%F2'],
  ['koi8-r', 'тест', '%D4%C5%D3%D4'],
  ['iso-8859-2', 'ł', '%B3'],
  ['shift_jis', '日本ｱ¥−', '%93%FA%96{%B1\\%81|'],
  ['euc-jp', '日本ｱ', '%C6%FC%CB%DC%8E%B1'],
  ['iso-2022-jp', 'a日本b', 'a%1B$BF|K\\%1B(Bb'],
  ['iso-2022-jp', 'ｱ', '%1B$B%%22%1B(B'],
  ['gbk', '中€', '%D6%D0%80'],
  ['gb18030', '中€😀ơ', '%D6%D0%A2%E3%949%FC6%810%9B1'],
  ['big5', '中文', '%A4%A4%A4%E5'],
  ['euc-kr', '한글', '%C7%D1%B1%DB'],
  ['utf-8', 'é', '%C3%A9'],
  ['utf-16le', 'é', '%C3%A9'],
];

for (const [encoding, text, query] of CASES)
  test(`encodes the query ${text} in ${encoding}`, () => assert.equal(queryOf(text, encoding), query));

test("encodes only the query in the document's encoding", () => {
  assert.equal(withEncodedQuery('é?é#é', 'windows-1252'), 'é?%E9#é');
  assert.equal(withEncodedQuery('é#é?é', 'windows-1252'), 'é#é?é');
  assert.equal(withEncodedQuery('é', 'windows-1252'), 'é');
});

test('encoding and decoding again gives the same character, for all characters of an encoding', () => {
  const letters = 'ÀéßñПривет日本語中文한국어あア漢字龍ł€§';
  for (const encoding of [
    'windows-1252',
    'iso-8859-2',
    'windows-1251',
    'koi8-r',
    'shift_jis',
    'euc-jp',
    'gbk',
    'gb18030',
    'big5',
    'euc-kr',
  ]) {
    for (const letter of letters) {
      const query = queryOf(letter, encoding);
      if (query.startsWith('%26%23')) continue;
      const bytes = Buffer.from(
        query.replace(/%(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
        'latin1',
      );
      assert.equal(decodeBytes(bytes, encoding), letter, `${letter} in ${encoding}: ${query}`);
    }
  }
});

test("uses the document's encoding, wherever it is declared", async () => {
  const markup = Buffer.from('<meta charset=koi8-r><a href="?q=\xd4\xc5\xd3\xd4"><a href="\xd4">', 'latin1');
  assert.deepEqual(shown(await read(markup, { contentType: 'text/html' })), ['/dir/page.html?q=%D4%C5%D3%D4', '/dir/%D1%82']);
  const references = '<a href="?q=&eacute;"><a href="&eacute;">';
  assert.deepEqual(shown(await read(references, { contentType: 'text/html; charset=iso-8859-1' })), [
    '/dir/page.html?q=%E9',
    '/dir/%C3%A9',
  ]);
  assert.deepEqual(shown(await read(references, { contentType: 'text/html' })), ['/dir/page.html?q=%C3%A9', '/dir/%C3%A9']);
  const unnamed = Buffer.from('<a href="?\xe9">', 'latin1');
  assert.deepEqual(shown(await read(unnamed, { contentType: 'text/html' })), ['/dir/page.html?%E9']);
});

const CORPUS = new URL('../../../../shared/corpora/url-wpt-percent-encoding.json', import.meta.url);
const skip = existsSync(CORPUS) ? false : 'the corpus is not here';
test('passes the web platform tests', { skip }, () => {
  const { cases } = JSON.parse(readFileSync(CORPUS, 'utf8')) as {
    cases: Array<{ id: string; input: string; expected_by_encoding: Record<string, string> }>;
  };
  assert.ok(cases.length > 5);
  for (const { id, input, expected_by_encoding } of cases) {
    for (const [encoding, query] of Object.entries(expected_by_encoding))
      assert.equal(queryOf(input, encoding), query, `${id} ${encoding}`);
  }
});

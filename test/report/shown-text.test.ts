import assert from 'node:assert/strict';
import { test } from 'node:test';
import { columnsOf, cutInMiddle, escapedForTerminal, padToColumns, visible } from '../../src/report/shown-text.ts';

test('characters that a terminal would obey or hide are escaped', () => {
  const cases: Array<[text: string, shown: string]> = [
    ['http://example.com/?q=a%20b', 'http://example.com/?q=a%20b'],
    ['\u001b[2J', '\\x1b[2J'],
    ['\u001b]8;;http://evil\u0007', '\\x1b]8;;http://evil\\x07'],
    ['a\r\nb\tc\0d\u007f', 'a\\x0d\\x0ab\\x09c\\x00d\\x7f'],
    ['\u009b31m', '\\x9b31m'],
    ['\u202egnp', '\\u202egnp'],
    ['a\u200bb\ufeff\u00ad', 'a\\u200bb\\ufeff\\xad'],
    ['\u2028\u2029', '\\u2028\\u2029'],
    ['\ud83d and \ude00', '\\ud83d and \\ude00'],
    ['\u{e0041}', '\\u{e0041}'],
    ['漢字 é 😀', '漢字 é 😀'],
  ];
  for (const [text, shown] of cases) assert.equal(visible(text), shown);
});

test('JSON for a terminal has the same meaning, without characters that a terminal would obey', () => {
  const value = { text: 'a\u007f\u009b31m\u202eb\u{e0041} 漢字 \u001b', tab: '\t' };
  const shown = escapedForTerminal(`${JSON.stringify(value)}\n`);
  assert.deepEqual(JSON.parse(shown), value);
  assert.match(shown, /^[\x20-\x7e漢字]+\n$/);
});

test('columns are counted as a terminal does', () => {
  const cases: Array<[text: string, columns: number]> = [
    ['', 0],
    ['abc', 3],
    ['漢字', 4],
    ['한글', 4],
    ['ひらがな', 8],
    ['ｱｲ', 2],
    ['ＡＢ', 4],
    ['😀', 2],
    ['e\u0301', 1],
    ['Ünïcödé', 7],
    ['1#*', 3],
  ];
  for (const [text, columns] of cases) assert.equal(columnsOf(text), columns, text);
});

test('padding counts columns, and does not change longer text', () => {
  assert.equal(padToColumns('漢字', 6), '漢字  ');
  assert.equal(padToColumns('abcdef', 3), 'abcdef');
});

test('a cut text keeps both ends and never exceeds its columns', () => {
  assert.equal(cutInMiddle('abcdef', 6), 'abcdef');
  assert.equal(cutInMiddle('abcdefgh', 6), 'abc…gh');
  assert.equal(cutInMiddle('abcdefgh', 5), 'ab…gh');
  assert.equal(cutInMiddle('漢字漢字漢字', 6), '漢…字');
  for (let columns = 1; columns < 20; columns += 1) {
    for (const text of ['http://example.com/a/long/path', '漢字😀漢字😀漢字😀', 'é'.repeat(30)]) {
      assert.ok(columnsOf(cutInMiddle(text, columns)) <= columns);
    }
  }
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_RECORD_CHARS } from '../../../src/model/lines/record-line.ts';
import { csvRecords } from '../../../src/producer/sources/csv.ts';

async function read(
  text: string | Buffer,
  urlColumn?: string,
  { delimiter, pieceBytes = 7 }: { delimiter?: string; pieceBytes?: number } = {},
): Promise<unknown[]> {
  const bytes = Buffer.from(text);
  async function* pieces() {
    for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
  }
  const lines: string[] = [];
  for await (const chunk of csvRecords(pieces(), 't.csv', { delimiter, urlColumn })) lines.push(...chunk);
  return lines.map((line) => (line === '' ? '' : JSON.parse(line)));
}
const A = 'http://a.test/';

test('the other columns are the meta of a record, by name', async () => {
  assert.deepEqual(await read(`id,url,"a ""b"""\r\n1,${A},"x, y"\r\n2, ${A}2 ,\r\n`), [
    '',
    { url: A, meta: { id: '1', 'a "b"': 'x, y' } },
    { url: `${A}2`, meta: { id: '2', 'a "b"': '' } },
  ]);
});

test('the URL column is the requested one, by name or number, or else the one with a usual name', async () => {
  const table = `URL,Home Page\nhttp://1.test/,http://2.test/\n`;
  const urls = async (asked?: string) => (await read(table, asked)).slice(1).map((row) => (row as { url: string }).url);
  assert.deepEqual(await urls(), ['http://1.test/']);
  assert.deepEqual(await urls('Home Page'), ['http://2.test/']);
  assert.deepEqual(await urls('home page'), ['http://2.test/']);
  assert.deepEqual(await urls('2'), ['http://2.test/']);
});

test('if no column can be identified, the error lists the existing ones', async () => {
  await assert.rejects(read(`id,name\n1,2\n`), {
    name: 'UsageError',
    message: 'which column of t.csv holds the URL? its first row has "id", "name"; give --url-column NAME, or its number',
  });
  await assert.rejects(read(`id,url\n1,2\n`, 'nam'), {
    name: 'UsageError',
    message: /t\.csv has no column "nam": its first row has "id", "url"/,
  });
  await assert.rejects(read(`id,url\n1,2\n`, '3'), { name: 'UsageError' });
});

test('a first row that has a URL is not a header', async () => {
  assert.deepEqual(await read(`${A}1\n${A}2\n`), [{ url: `${A}1` }, { url: `${A}2` }]);
  assert.deepEqual(await read(`x,${A}1\ny,${A}2\n`, '2'), [
    { url: `${A}1`, meta: { 1: 'x' } },
    { url: `${A}2`, meta: { 1: 'y' } },
  ]);
  assert.deepEqual(await read('a.test,x\nb.test,y\n', '1'), [
    { url: 'a.test', meta: { 2: 'x' } },
    { url: 'b.test', meta: { 2: 'y' } },
  ]);
  assert.deepEqual(await read('web.url,n\nb.test,y\n', 'web.url'), ['', { url: 'b.test', meta: { n: 'y' } }]);
});

test('each record keeps the number of the line on which its row begins', async () => {
  const rows = await read(`\nurl,note\n${A}1,"two\nlines"\n\n${A}2,\n,\n${A}3\n`);
  assert.deepEqual(
    rows.flatMap((row, index) => (row === '' ? [] : [[index + 1, (row as { url: string }).url]])),
    [
      [3, `${A}1`],
      [6, `${A}2`],
      [8, `${A}3`],
    ],
  );
});

test('line ends of all kinds in one table', async () => {
  const [one, two, three] = [1, 2, 3].map((n) => ({ url: `${A}${n}`, meta: { n: String(n) } }));
  assert.deepEqual(await read(`url,n\r\n${A}1,1\n${A}2,2\r\n\r\n${A}3,3`), ['', one, two, '', three]);
  assert.deepEqual(await read(`url,n\n"${A}1","1"\r\n"${A}2","2"\r${A}3,3\r\n`), ['', one, two, three]);
  assert.deepEqual(await read(`url,n\r\n${A}0,"0\r\n0"\r\n${A}1,1\r\n`), ['', { url: `${A}0`, meta: { n: '0\n0' } }, '', one]);
});

test('rows shorter or longer than the header, and misplaced quotes, are accepted as they are', async () => {
  assert.deepEqual(await read(`url,a,a,\n${A},1\n${A},1,2,3,4\n${A},x "y" z\n`), [
    '',
    { url: A, meta: { a: '1' } },
    { url: A, meta: { a: '1', 3: '2', 4: '3', 5: '4' } },
    { url: A, meta: { a: 'x "y" z' } },
  ]);
  assert.deepEqual(await read('url,id\n,7\n'), ['', { url: '', meta: { id: '7' } }]);
});

test('tabs, a byte order mark, and a table without rows', async () => {
  assert.deepEqual(await read(`\ufeffurl\tn\n${A}\té\n`, undefined, { delimiter: '\t' }), ['', { url: A, meta: { n: 'é' } }]);
  assert.deepEqual(await read('url,n\n'), ['']);
  assert.deepEqual(await read(''), []);
});

test('a table in UTF-16, as Excel writes it', async () => {
  const text = `\ufeffurl\tn\r\n${A}\té\r\n`;
  assert.deepEqual(await read(Buffer.from(text, 'utf16le')), ['', { url: A, meta: { n: 'é' } }]);
});

test('text that is not a table is refused', async () => {
  await assert.rejects(read(`url,n\n${A}1,x\n${A}2,"never closed\n`), {
    name: 'UsageError',
    message: /t\.csv cannot be read as a table: .*line/,
  });
  await assert.rejects(read(Buffer.from('u\0rl,n\n')), { name: 'UsageError', message: /NUL byte/ });
  await assert.rejects(read(`url\n"${'x'.repeat(2 * MAX_RECORD_CHARS)}"\n`, undefined, { pieceBytes: 65_536 }), { name: 'UsageError' });
});

test('rows of a slow source are yielded as they arrive', async () => {
  let more: (() => void) | undefined;
  const asked = new Promise<void>((resolve) => {
    more = resolve;
  });
  async function* trickle() {
    yield Buffer.from(`url\n${A}1\n${A}2`);
    await asked;
    yield Buffer.from('\n');
  }
  const chunks = csvRecords(trickle(), '-', { delimiter: ',', urlColumn: undefined });
  const seen: string[] = [];
  while (seen.filter((line) => line !== '').length < 1) seen.push(...((await chunks.next()).value ?? []));
  assert.equal(seen.at(-1), JSON.stringify({ url: `${A}1` }));
  more?.();
  for await (const chunk of chunks) seen.push(...chunk);
  assert.equal(seen.at(-1), JSON.stringify({ url: `${A}2` }));
});

for (const [what, text, delimiter] of [
  ['semicolons', `Name;URL\nA;${A}\n`, undefined],
  ['tabs', `Name\tURL\nA\t${A}\n`, undefined],
  ['bars', `\n\nName|URL\nA|${A}\n`, undefined],
  ['more commas in quotes than semicolons', `"Name";URL\nA;${A}\n`.replace('"Name"', '"a,b,c""d,e"'), undefined],
  ['the delimiter that Excel names', `sep=;\nName, first;URL\nA;${A}\n`, undefined],
  ['the same in a file with a byte order mark', `\ufeff"sep=|"\r\nName|URL\r\nA|${A}\r\n`, undefined],
  ['a given delimiter', `Name^URL;x\nA^${A}\n`.replace(';x', ''), '^'],
] as const) {
  test(`cells are separated by ${what}`, async () => {
    const rows = (await read(text, undefined, delimiter === undefined ? {} : { delimiter })).filter((row) => row !== '');
    assert.deepEqual(
      rows.map((row) => (row as { url: string; meta: object }).url),
      [A],
    );
    assert.deepEqual(Object.values((rows[0] as { meta: object }).meta), ['A']);
  });
}

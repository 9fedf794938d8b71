import assert from 'node:assert/strict';
import { test } from 'node:test';
import { diffJson, diffLogs, diffText } from '../../src/report/diff.ts';
import { outcome, writeLog } from './sample-log.ts';

const ok = (path: string, status = 200) => outcome({ url: `http://a/${path}`, status });
const failed = (path: string, verdict: 'timeout' | 'dns' = 'timeout') => outcome({ url: `http://a/${path}`, verdict });

test('a difference lists newly failing, fixed and changed URLs, and counts new and gone ones', async (t) => {
  const before = await writeLog(t, [
    ok('same'),
    ok('breaks'),
    failed('mends'),
    ok('moves'),
    failed('still'),
    failed('other'),
    ok('goes'),
    ok('skipped'),
  ]);
  const skipped = outcome({ url: 'http://a/skipped', verdict: 'robots' });
  const after = await writeLog(t, [
    ok('same'),
    failed('breaks'),
    ok('mends'),
    ok('moves', 203),
    failed('still'),
    failed('other', 'dns'),
    ok('comes'),
    failed('new'),
    skipped,
  ]);
  const difference = await diffLogs(before, after);
  assert.deepEqual(difference.counts, { broke: 2, mended: 1, changed: 3, added: 1, removed: 1, same: 2 });
  assert.equal(
    diffText(difference),
    [
      'Newly failing (2):',
      '  200 -> timeout            http://a/breaks',
      '  absent -> timeout         http://a/new',
      '',
      'Fixed (1):',
      '  timeout -> 200            http://a/mends',
      '',
      'Changed (3):',
      '  200 -> 203                http://a/moves',
      '  timeout -> dns            http://a/other',
      '  200 -> robots             http://a/skipped',
      '',
      'Total: 2 newly failing, 1 fixed, 3 changed, 1 new, 1 gone, 2 the same',
      '',
    ].join('\n'),
  );
  assert.deepEqual(JSON.parse(diffJson(difference)).counts, difference.counts);
});

test('a run does not differ from itself, and the same URL with another method is a different row', async (t) => {
  const log = await writeLog(t, [ok('1'), failed('2')]);
  assert.deepEqual((await diffLogs(log, log)).counts, { broke: 0, mended: 0, changed: 0, added: 0, removed: 0, same: 2 });
  const posted = await writeLog(t, [{ ...ok('1'), method: 'POST' }, failed('2')]);
  assert.deepEqual((await diffLogs(log, posted)).counts, { broke: 0, mended: 0, changed: 0, added: 1, removed: 1, same: 1 });
});

test('very many changes are counted, and only the first are listed', async (t) => {
  const many = await writeLog(
    t,
    Array.from({ length: 1_500 }, (_, n) => failed(String(n))),
  );
  const difference = await diffLogs(await writeLog(t, []), many);
  assert.equal(difference.counts.broke, 1_500);
  assert.match(diffText(difference), /\n {2}and 500 more\n/);
});

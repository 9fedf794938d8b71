import assert from 'node:assert/strict';
import { once } from 'node:events';
import { appendFileSync, createWriteStream, readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import type { Outcome } from '../../src/model/outcome.ts';
import { renderReport } from '../../src/report/report.ts';
import { EXERCISE, outcome, summaryOf, textSink, writeLog } from './sample-log.ts';

/** More data than a socket accepts before it is read. */
const LONG_ROWS = Array<Outcome>(4_000).fill(outcome({ url: `http://example.com/${'q'.repeat(2_700)}` }));

test('a report is complete on disk when its file has been closed', async (t) => {
  const file = await writeLog(t, EXERCISE);
  const target = `${file}.csv`;
  const out = createWriteStream(target);
  await renderReport('csv', { summary: summaryOf(EXERCISE), file, order: 'completion' }, out);
  out.end();
  await once(out, 'close');
  assert.equal(readFileSync(target, 'utf8').split('\r\n').length, 1 + 3 + 1);
});

test('rows that are added to the log between the two passes of a report are not in the report', async (t) => {
  const file = await writeLog(t, Array<Outcome>(5_000).fill(outcome({ status: 200 })));
  const chunks: Buffer[] = [];
  const growing = new Writable({
    write(chunk: Buffer, _encoding, done) {
      // The first text arrives when the first pass has ended and the second has just begun.
      if (chunks.length === 0) appendFileSync(file, `${JSON.stringify(outcome({ url: 'http://late/' }))}\n`);
      chunks.push(chunk);
      done();
    },
  });
  await renderReport('json', { summary: summaryOf([]), file, order: 'completion' }, growing);
  const document = JSON.parse(Buffer.concat(chunks).toString());
  assert.equal(document.figures.rows, 5_000);
  assert.equal(document.outcomes.length, 5_000);
});

test('an output that fails ends the report with its error', async (t) => {
  const file = await writeLog(t, LONG_ROWS);
  const full = new Writable({
    write(_chunk, _encoding, done) {
      done(Object.assign(new Error('no space left'), { code: 'ENOSPC' }));
    },
  });
  await assert.rejects(renderReport('csv', { summary: summaryOf([]), file, order: 'completion' }, full), { code: 'ENOSPC' });
});

test('a reader that goes away ends the report with an error, and does not leave it waiting', async (t) => {
  const file = await writeLog(t, LONG_ROWS);
  const server = createServer((socket) => socket.once('data', () => socket.destroy())).listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  const socket = connect(address.port, '127.0.0.1');
  await once(socket, 'connect');
  await assert.rejects(renderReport('ndjson', { summary: summaryOf([]), file, order: 'completion' }, socket));
});

test('an output that is destroyed while it is busy does not leave the report waiting', async (t) => {
  const file = await writeLog(t, EXERCISE);
  const stuck = new Writable({ write: () => setImmediate(() => stuck.destroy()) });
  await assert.rejects(renderReport('csv', { summary: summaryOf([]), file, order: 'completion' }, stuck), /closed/);
});

test('a report leaves no listener on the output', async (t) => {
  const file = await writeLog(t, EXERCISE);
  const { out } = textSink();
  const before = out.eventNames();
  await renderReport('table', { summary: summaryOf(EXERCISE), file, order: 'completion' }, out);
  assert.deepEqual(out.eventNames(), before);
});

test('a missing log is an error that names it', async () => {
  const input = { summary: summaryOf([]), file: '/nonexistent/outcomes.ndjson', order: 'completion' } as const;
  await assert.rejects(renderReport('table', input, textSink().out), /cannot read the outcome log \/nonexistent\/outcomes\.ndjson/);
});

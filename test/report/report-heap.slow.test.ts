import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { REPORT_FORMATS } from '../../src/model/report-formats.ts';
import { TYPESCRIPT_FLAGS } from '../helpers/typescript-flags.ts';
import { outcome, temporaryFolder } from './sample-log.ts';

/** Long fields, because each row costs time in every format, whatever its length. Together they are larger than the heap. */
const ROWS = 25_000;
const QUERY_BYTES = 2_700;
const HEAP_MB = 64;

async function writeBigLog(t: TestContext): Promise<string> {
  const file = join(await temporaryFolder(t), 'outcomes.ndjson');
  const rows = Array.from({ length: 1_000 }, (_, n) => {
    const url = `http://example.com/page/${n}?${'q'.repeat(QUERY_BYTES)}`;
    return `${JSON.stringify(outcome({ url, line: 1_000 - n, status: 200, sizeBytes: 12_345, latencyMs: n }))}\n`;
  });
  const block = rows.join('');
  await writeFile(file, '');
  for (let written = 0; written < ROWS; written += rows.length) await appendFile(file, block);
  return file;
}

test(`${ROWS} rows stream only as fast as they are consumed, in a heap that could not hold them`, async (t) => {
  const script = fileURLToPath(new URL('render-slowly.ts', import.meta.url));
  const child = spawn(process.execPath, [`--max-old-space-size=${HEAP_MB}`, ...TYPESCRIPT_FLAGS, script, await writeBigLog(t)]);
  t.after(() => child.kill());
  child.stderr.pipe(process.stderr);
  const [output, [exitCode]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  assert.equal(exitCode, 0);
  const reports = output
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.equal(reports.length, REPORT_FORMATS.length * 2);
  for (const { format, order, lines, mostWaitingBytes } of reports) {
    const hasEveryRow = !['html', 'markdown', 'github', 'result'].includes(format);
    assert.equal(lines >= ROWS, hasEveryRow, `${format} ${order}: ${lines} lines`);
    assert.ok(mostWaitingBytes < 1_000_000, `${format} ${order}: ${mostWaitingBytes} bytes waited to be written`);
  }
});

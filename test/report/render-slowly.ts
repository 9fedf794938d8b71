/**
 * A separate process, so that the test can limit its heap. It renders the log in its argument in every format and order to a slow output.
 * For each, it prints as JSON the number of lines, and the largest number of bytes that waited to be written.
 */
import { Writable } from 'node:stream';
import { REPORT_FORMATS } from '../../src/model/report-formats.ts';
import { renderReport } from '../../src/report/report.ts';
import { summaryOf } from './sample-log.ts';

const [file = ''] = process.argv.slice(2);

for (const format of REPORT_FORMATS) {
  for (const order of ['completion', 'input'] as const) {
    let lines = 0;
    let mostWaitingBytes = 0;
    const slow = new Writable({
      highWaterMark: 1,
      write(chunk: Buffer, _encoding, done) {
        for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) lines += 1;
        mostWaitingBytes = Math.max(mostWaitingBytes, slow.writableLength);
        setImmediate(done);
      },
    });
    await renderReport(format, { summary: summaryOf([]), file, order, result: { value: '', text: 'one line\n' } }, slow);
    process.stdout.write(`${JSON.stringify({ format, order, lines, mostWaitingBytes })}\n`);
  }
}

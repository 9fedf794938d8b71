import { relative, resolve } from 'node:path';

/**
 * A reporter for node's test runner that writes what really ran, as JSON: `ran` is the number of tests that passed or failed,
 * without suites and skipped ones; `empty` names the files that hold no test.
 *
 * In JavaScript, because Node 20 loads reporters before `--import tsx`.
 *
 * @param {AsyncIterable<import('node:test/reporters').TestEvent>} events
 */
// biome-ignore lint/style/noDefaultExport: the test runner takes a reporter from the default export
export default async function* census(events) {
  const result = { ran: 0, empty: [] };
  for await (const { type, data } of events) {
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    if (data.details.type === 'suite' || data.skip !== undefined || data.todo !== undefined) continue;
    // A file without a test, or one that crashed before its first, is reported as a test that has the file's name.
    if (data.nesting === 0 && data.file !== undefined && resolve(data.name) === data.file) {
      if (type === 'test:pass') result.empty.push(relative(process.cwd(), data.file));
    } else {
      result.ran += 1;
    }
  }
  yield JSON.stringify(result);
}

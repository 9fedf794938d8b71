import { relative, resolve } from 'node:path';

/**
 * A reporter for node's test runner that writes what really ran, as JSON: `ran` is the number of tests that passed or failed, without suites and skipped ones;
 * `empty` names the files with a process of their own that hold no test, and `files` those in which tests are written, both relative to the working directory.
 *
 * In JavaScript, because Node 20 loads reporters before `--import tsx`.
 *
 * @param {AsyncIterable<import('node:test/reporters').TestEvent>} events
 */
// biome-ignore lint/style/noDefaultExport: the test runner takes a reporter from the default export
export default async function* census(events) {
  let ran = 0;
  const empty = [];
  const files = new Set();
  for await (const { type, data } of events) {
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    if (data.details.type === 'suite' || data.file === undefined) continue;
    const file = relative(process.cwd(), data.file);
    // A file without a test, or one that crashed before its first, is reported as a test that has the file's name.
    if (data.nesting === 0 && resolve(data.name) === data.file) {
      if (type === 'test:pass') empty.push(file);
      continue;
    }
    files.add(file);
    if (data.skip === undefined && data.todo === undefined) ran += 1;
  }
  yield JSON.stringify({ ran, empty, files: [...files] });
}

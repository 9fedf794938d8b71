import { relative, resolve } from 'node:path';

/**
 * A reporter for node's test runner that writes what really ran, as JSON: `ran` is the number of tests that passed or failed, without suites and skipped ones;
 * `empty` names the files with a process of their own that hold no test, relative to the working directory. `suites` names the outermost suites that hold a test,
 * each with its milliseconds: in a run of many files, each file is one. Where a test is written does not count: a contract's tests are written in another file than the one that runs them.
 *
 * In JavaScript, because Node 20 loads reporters before `--import tsx`.
 *
 * @param {AsyncIterable<import('node:test/reporters').TestEvent>} events
 */
// biome-ignore lint/style/noDefaultExport: the test runner takes a reporter from the default export
export default async function* census(events) {
  let ran = 0;
  const empty = [];
  const suites = {};
  // Node reports one process after another, and what is in a suite before the suite.
  let inside = 0;
  for await (const { type, data } of events) {
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    const isSuite = data.details.type === 'suite';
    if (data.nesting > 0) {
      if (!isSuite) inside += 1;
    } else {
      if (isSuite && inside > 0) suites[data.name] = Math.round(data.details.duration_ms);
      inside = 0;
    }
    if (isSuite || data.file === undefined) continue;
    const file = relative(process.cwd(), data.file);
    // A file without a test, or one that crashed before its first, is reported as a test that has the file's name.
    if (data.nesting === 0 && resolve(data.name) === data.file) {
      if (type === 'test:pass') empty.push(file);
      continue;
    }
    if (data.skip === undefined && data.todo === undefined) ran += 1;
  }
  yield JSON.stringify({ ran, empty, suites });
}

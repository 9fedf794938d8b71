import assert from 'node:assert/strict';
import { test } from 'node:test';
import { importProblem, importProblems } from '../../scripts/check-imports.ts';

test('no file of src imports from a folder above it', () => {
  assert.deepEqual(importProblems(), []);
});

test("an import is refused if it points upwards, into the internals of an engine, or at another folder's library", () => {
  const cases: Array<[file: string, specifier: string, problem: string | undefined]> = [
    ['worker/work.ts', '../engine/engine.ts', undefined],
    ['worker/work.ts', '../engine/rules/origin-pace.ts', undefined],
    ['worker/work.ts', '../engine/memory/memory-engine.ts', 'src/worker may not import src/engine/memory/memory-engine.ts'],
    ['worker/links/find-links.ts', '../scope/scope.ts', undefined],
    ['model/entry.ts', '../fetch/fetcher.ts', 'src/model may not import src/fetch/fetcher.ts'],
    ['engine/memory/memory-engine.ts', '../redis/keys.ts', 'src/engine/memory may not import src/engine/redis/keys.ts'],
    ['engine/memory/memory-engine.ts', '../rules/origin-pace.ts', undefined],
    ['cli/program.ts', '../engine/redis/keys.ts', undefined],
    ['crawl.ts', './worker/work.ts', undefined],
    ['report/report.ts', 'undici', 'undici is known only to src/fetch'],
    ['fetch/fetcher.ts', 'undici', undefined],
    ['serve/app.ts', 'hono/cookie', undefined],
    ['report/report.ts', '@hono/node-server/serve-static', '@hono/node-server is known only to src/serve'],
    ['report/report.ts', 'node:fs', undefined],
  ];
  for (const [file, specifier, problem] of cases) assert.equal(importProblem(file, specifier), problem, `${file} ${specifier}`);
});

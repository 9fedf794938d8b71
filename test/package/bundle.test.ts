import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startSite } from '../helpers/site.ts';
import { bundledCommand } from './bundled-command.ts';

const run = promisify(execFile);

interface Coverage {
  result: Array<{ url: string }>;
}

/** The files that a run of the command loads, according to V8: files of the bundle by their paths in it, files of packages as `node_modules/…`. */
async function loadedBy(
  { folder, main }: { folder: string; main: string },
  args: readonly string[],
  code: number,
  variables: Record<string, string> = {},
): Promise<string[]> {
  const coverage = join(folder, `coverage-${[...args, ...Object.keys(variables)].join('-').replaceAll(/\W/g, '')}`);
  const env = { PATH: process.env.PATH, NODE_V8_COVERAGE: coverage, NODE_DISABLE_COMPILE_CACHE: '1', ...variables };
  const ended = await run(process.execPath, [main, ...args], { cwd: folder, env }).catch((error: { code: number }) => error);
  assert.equal('code' in ended ? ended.code : 0, code);
  const reports = await Promise.all((await readdir(coverage)).map((name) => readFile(join(coverage, name), 'utf8')));
  const urls = reports.flatMap((text) => (JSON.parse(text) as Coverage).result.map(({ url }) => url));
  const files = urls.filter((url) => url.startsWith('file:')).map((url) => relative(dirname(main), fileURLToPath(url)));
  return [...new Set(files.map((file) => file.replace(/^.*\/node_modules\//, 'node_modules/')))].sort();
}

test('the built command loads no more than it needs', async (t) => {
  const command = await bundledCommand(t);
  assert.deepEqual(await loadedBy(command, ['--version'], 0), ['main.js']);
  assert.deepEqual(await loadedBy(command, ['crawl', '--help'], 0), ['libraries/commander.js', 'main.js', 'program.js']);
  // Nothing from node_modules: neither BullMQ, nor a parser, nor the log.
  const crawl = await loadedBy(command, ['--retries', '0', 'http://127.0.0.1:1/'], 2);
  const forCrawls = ['libraries/commander.js', 'libraries/lilconfig.js', 'libraries/undici.js', 'main.js', 'program.js'];
  assert.deepEqual(crawl, forCrawls);
  // Processes that fetch need nothing else.
  const withProcesses = await loadedBy(command, ['--retries', '0', '--processes', '2', 'http://127.0.0.1:1/'], 2);
  assert.deepEqual(withProcesses, ['../processes/work-process.js', '../processes/work-program.js', ...forCrawls]);
  // OpenTelemetry only if there is somebody to send traces to.
  const withVariables = (variables: Record<string, string>) => loadedBy(command, ['--retries', '0', 'http://127.0.0.1:1/'], 2, variables);
  assert.deepEqual(await withVariables({ OTEL_SERVICE_NAME: 'a' }), forCrawls);
  const disabled = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1', OTEL_SDK_DISABLED: 'true' };
  assert.deepEqual(await withVariables(disabled), forCrawls);
  const traced = await withVariables({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' });
  assert.ok(traced.includes('libraries/opentelemetry.js'));
  // A parser is loaded only for documents of its kind.
  await writeFile(join(command.folder, 'a.md'), '[x](a.md)');
  const documents = await loadedBy(command, ['a.md'], 0);
  assert.ok(documents.some((file) => file.startsWith('node_modules/markdown-it/')));
  assert.ok(!documents.includes('libraries/mdx.js'));
});

test('a crawl in one process loads no part of Node that it does not use', async (t) => {
  const { folder, main } = await bundledCommand(t);
  const hook = join(folder, 'modules.cjs');
  await writeFile(hook, "process.on('exit', () => console.error(process.moduleLoadList.join('\\n')));");
  const args = ['--require', hook, main, '--quiet', '--retries', '0', 'http://127.0.0.1:1/'];
  const { stderr } = await run(process.execPath, args, { cwd: folder }).catch((error: { stderr: string }) => error);
  const loaded = new Set(stderr.split('\n'));
  assert.ok(loaded.has('NativeModule net'), stderr);
  for (const name of ['child_process', 'readline', 'http2', 'internal/http2/core']) assert.ok(!loaded.has(`NativeModule ${name}`), name);
});

test('a response is parsed with code that V8 optimises late, and V8 still accepts compiled code afterwards', async (t) => {
  const { folder, main } = await bundledCommand(t);
  const site = await startSite((_request, response) => response.end());
  t.after(() => site.close());
  const hook = join(folder, 'flags.cjs');
  // V8 rejects code that was compiled under other flags. It does not compare the source, only its length, and it finds the same source in its memory.
  await writeFile(
    hook,
    `const v8 = require('node:v8');
    const { Script } = require('node:vm');
    const cachedData = new Script('1').createCachedData();
    const { setFlagsFromString } = v8;
    const sources = ['2', '3'];
    v8.setFlagsFromString = (flag) => {
      setFlagsFromString(flag);
      console.error(flag, new Script(sources.shift(), { cachedData }).cachedDataRejected ? 'changes flags' : 'restores flags');
    };`,
  );
  const { stderr } = await run(process.execPath, ['--require', hook, main, '--quiet', `${site.origin}/`], { cwd: folder });
  const lines = stderr.trim().split('\n');
  assert.equal(lines.length, 2, stderr);
  assert.match(lines[0] ?? '', /^--wasm-tiering-budget=1000000000 changes flags$/);
  assert.match(lines[1] ?? '', /^--wasm-tiering-budget=\d+ restores flags$/);
});

test('the built command says why its version cannot be printed', { skip: !existsSync('/dev/full') }, async (t) => {
  const { main } = await bundledCommand(t);
  const { stderr } = await run('sh', ['-c', '"$0" "$1" --version > /dev/full || true', process.execPath, main]);
  assert.match(stderr, /^trawl: cannot write to stdout: ENOSPC/);
});

test('the built command is strict code, has source maps, and includes the licences of its libraries', async (t) => {
  const { main } = await bundledCommand(t);
  const read = (name: string) => readFile(join(dirname(main), name), 'utf8');
  assert.match(await read('program.js'), /^'use strict';\n/);
  assert.match(await read('main.js'), /^#!\/usr\/bin\/env node\n'use strict';\n/);
  const { sources } = JSON.parse(await read('program.js.map')) as { sources: string[] };
  assert.ok(sources.some((source) => source.endsWith('src/crawl.ts')));
  const licences = await read('libraries/LICENSES.txt');
  assert.match(licences, /^@opentelemetry\/api \d[\d.]* \(Apache-2\.0\)$/m);
  for (const name of ['commander', 'undici', 'micromark-extension-mdxjs', 'acorn'])
    assert.match(licences, new RegExp(`^${name} \\d[\\d.]* \\(MIT\\)\\n\\n[^]*?Permission is hereby granted`, 'm'), name);
});

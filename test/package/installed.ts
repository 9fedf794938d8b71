import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { scratchFolder } from '../cli/run-cli.ts';
import { startReceiver } from '../helpers/otlp-receiver.ts';
import { testRedis } from '../helpers/redis-server.ts';
import { startSite } from '../helpers/site.ts';
import { packed } from './packed.ts';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../../', import.meta.url));

const PROGRAM = `
import { crawl, type Outcome } from 'trawl';
const outcomes: Outcome[] = [];
for await (const outcome of crawl({ urls: [process.argv[2] as string], concurrency: 2 })) outcomes.push(outcome);
console.log(JSON.stringify(outcomes.map(({ status, verdict }) => [status, verdict])));
`;

const MODULE = `
import type { MapFunction, Page, ReduceFunction } from 'trawl';
interface Found { path: string; words: number }
export const map: MapFunction<Found> = ({ url, text, $ }: Page) => {
  $('script').remove();
  return { path: new URL(url).pathname, words: text.split(' ').length };
};
export const initial: string[] = [];
export const reduce: ReduceFunction<string[], Found> = (all, { path, words }, { status }) => [...all, path + (words > 0) + status];
`;

const MAPPING = `
import { crawl } from 'trawl';
for await (const { data } of crawl({ urls: [process.argv[2] as string], map: 'module.js' })) console.log(JSON.stringify(data));
`;

test('the packed package, installed in another folder, is typed, and crawls as a library and as a command', async (t) => {
  const folder = await scratchFolder(t);
  const site = await startSite();
  t.after(() => site.close());
  const { file, paths } = await packed();
  const expected =
    /^(dist\/(cli|library|processes|types|worker)\/|docs\/schemas\/|examples\/|(CHANGELOG|README)\.md$|LICENSE$|package\.json$)/;
  assert.deepEqual(
    paths.filter((path) => !expected.test(path)),
    [],
    'nothing else is packed',
  );
  for (const path of ['examples/urls.txt', 'docs/schemas/outcome.schema.json', 'dist/types/index.d.ts', 'dist/cli/main.js'])
    assert.ok(paths.includes(path), path);
  assert.ok(paths.length < 100, `${paths.length} files`);
  await run('tar', ['-xf', file], { cwd: folder });
  // npm would warn of `prepare` whoever installs this file.
  assert.doesNotMatch(await readFile(join(folder, 'package/package.json'), 'utf8'), /"scripts"/);
  const packages = join(folder, 'node_modules');
  await mkdir(packages);
  await rename(join(folder, 'package'), join(packages, 'trawl'));
  // What npm would install beside it. BullMQ and OpenTelemetry are in the package.
  const installed = (await readdir(join(ROOT, 'node_modules'))).filter((name) => !/^(@opentelemetry|bullmq.*)$/.test(name));
  for (const name of installed) await symlink(join(ROOT, 'node_modules', name), join(packages, name));

  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  for (const [name, source] of Object.entries({ program: PROGRAM, module: MODULE, mapping: MAPPING }))
    await writeFile(join(folder, `${name}.ts`), source);
  const compile = ['--module', 'nodenext', '--target', 'es2023', '--strict', '--types', 'node', 'program.ts', 'module.ts', 'mapping.ts'];
  await run(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), ...compile], { cwd: folder });
  const program = await run(process.execPath, ['program.js', `${site.origin}/get`], { cwd: folder });
  assert.equal(program.stdout, '[[200,"ok"]]\n');
  const main = join(packages, 'trawl/dist/cli/main.js');
  const command = await run(process.execPath, [main, `${site.origin}/get`], { cwd: folder });
  assert.match(command.stdout, /Total: 1 URLs, 1 success, 0 failed/);
  // BullMQ and the Lua scripts are in the package too.
  const place = ['--redis', await testRedis(), '--prefix', `packed-${randomUUID()}`];
  const onRedis = await run(process.execPath, [main, ...place, `${site.origin}/get`], { cwd: folder });
  assert.match(onRedis.stdout, /Total: 1 URLs, 1 success, 0 failed/);

  // And so is OpenTelemetry, for the command and for its child processes.
  const receiver = await startReceiver();
  t.after(() => receiver.close());
  const env = { ...process.env, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.origin, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' };
  await run(process.execPath, [main, `${site.origin}/get`, `${site.origin}/get?n=1`, '--processes', '2'], { cwd: folder, env });
  const [crawled, fetched] = ['crawl', 'GET'].map((name) => receiver.spans.find((span) => span.name === name));
  assert.equal(fetched?.traceId, crawled?.traceId);
  assert.notEqual(fetched?.resource['service.instance.id'], crawled?.resource['service.instance.id']);

  const mapping = await run(process.execPath, ['mapping.js', `${site.origin}/get`], { cwd: folder });
  assert.match(mapping.stdout, /^\[\{"path":"\/get","words":\d+\}\]\n$/);
  const modules = ['--map', 'module.js', '--reduce', 'module.js'];
  const reduced = await run(process.execPath, [main, ...modules, '-f', 'result', `${site.origin}/get`], { cwd: folder });
  assert.equal(reduced.stdout, '[\n  "/gettrue200"\n]\n');
});

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { configSchema } from '../../scripts/config-schema.ts';
import { UsageError } from '../../src/model/errors.ts';
import { type ConfigFile, readConfigFile } from '../../src/options/config-file.ts';
import { loadConfig, settingsOf } from '../../src/options/load-config.ts';
import { scratchFolder } from '../cli/run-cli.ts';

const file = (values: Record<string, unknown>): ConfigFile => ({ path: 'trawl.config.json', values });

async function folderWith(t: TestContext, name: string, text: string): Promise<string> {
  const folder = await scratchFolder(t);
  await writeFile(join(folder, name), text);
  return folder;
}

test('flags override the environment, which overrides the file, which overrides defaults', () => {
  const values = file({ concurrency: 7, timeout: '5s', header: ['A: 1', 'B: 2'], insecure: true });
  const { run, process } = loadConfig('crawl', [], {}, values);
  assert.deepEqual([process.concurrency, run.timeoutMs, run.headers.length, run.insecure], [7, 5_000, 2, true]);
  assert.equal(loadConfig('crawl', [], { TRAWL_CONCURRENCY: '8' }, values).process.concurrency, 8);
  assert.equal(loadConfig('crawl', [{ key: 'concurrency', text: '9' }], { TRAWL_CONCURRENCY: '8' }, values).process.concurrency, 9);
  assert.equal(loadConfig('crawl', [], {}, file({ insecure: false })).run.insecure, false);
});

test('formats and outputs of the file belong together, and flags that name reports replace them', () => {
  const values = file({ format: ['json', 'table'], output: ['r.json'] });
  assert.deepEqual(loadConfig('crawl', [], {}, values).report.targets, [{ format: 'json', output: 'r.json' }, { format: 'table' }]);
  assert.deepEqual(loadConfig('crawl', [{ key: 'format', text: 'csv' }], {}, values).report.targets, [{ format: 'csv' }]);
});

test('options of other commands are ignored, and unknown names are errors with a hint', () => {
  assert.doesNotThrow(() => loadConfig('report', [], {}, file({ $schema: 'x', depth: 'all', every: '5s' })));
  assert.throws(
    () => loadConfig('crawl', [], {}, file({ 'host-intervall': '1s' })),
    /trawl\.config\.json: there is no option "host-intervall"; did you mean hostInterval\?/,
  );
  assert.throws(() => loadConfig('crawl', [], {}, file({ run: 'x' })), /there is no option "run"/);
});

test('each value is validated like that of its flag, and errors name the file', () => {
  assert.throws(() => loadConfig('crawl', [], {}, file({ timeout: 5 })), /trawl\.config\.json: timeout: /);
  assert.throws(() => loadConfig('crawl', [], {}, file({ insecure: 'yes' })), /trawl\.config\.json: insecure: must be true or false/);
  assert.throws(() => loadConfig('crawl', [], {}, file({ timeout: ['5s'] })), /timeout: must be text or a number/);
});

test('the nearest file in the folder or above is read, as JSON or as a module', async (t) => {
  const folder = await folderWith(t, 'trawl.config.json', '{ "concurrency": 3 }');
  const below = join(folder, 'a/b');
  await mkdir(below, { recursive: true });
  assert.deepEqual((await readConfigFile(undefined, below))?.values, { concurrency: 3 });
  await writeFile(join(folder, 'a/trawl.config.mjs'), 'export default { concurrency: 2 + 2 };');
  assert.deepEqual((await readConfigFile(undefined, below))?.values, { concurrency: 4 });
  assert.equal(await readConfigFile('none', below), undefined);
  assert.deepEqual((await readConfigFile(join(folder, 'trawl.config.json'), below))?.values, { concurrency: 3 });
});

test('a file that cannot be read or has no options is an error that names it', async (t) => {
  const folder = await folderWith(t, 'trawl.config.json', '{ "timeout": ');
  await assert.rejects(
    readConfigFile(undefined, folder),
    (error) => error instanceof UsageError && /trawl\.config\.json/.test(error.message),
  );
  await writeFile(join(folder, 'list.json'), '[]');
  await assert.rejects(readConfigFile(join(folder, 'list.json'), folder), /list\.json must hold an object of options/);
  await assert.rejects(readConfigFile(join(folder, 'missing.json'), folder), /cannot read the configuration file .*missing\.json/);
});

test('a setting says where its value comes from', () => {
  const settings = settingsOf('check', [], { TRAWL_CONCURRENCY: '8' }, file({ timeout: '5s' }));
  const from = (key: string) => settings.find((setting) => setting.key === key);
  assert.deepEqual(from('concurrency'), { key: 'concurrency', texts: ['8'], from: 'TRAWL_CONCURRENCY' });
  assert.deepEqual(from('timeoutMs'), { key: 'timeoutMs', texts: ['5s'], from: 'trawl.config.json: timeout' });
  assert.deepEqual(from('depth'), { key: 'depth', texts: ['all'], from: 'default' });
});

test('the schema for editors matches the option table (update with npm run docs)', () => {
  const written = readFileSync(new URL('../../docs/schemas/config.schema.json', import.meta.url), 'utf8');
  assert.deepEqual(JSON.parse(written), JSON.parse(configSchema()));
});

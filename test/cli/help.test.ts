import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { readCommandLine } from '../../src/cli/command-line.ts';
import { COMMANDS, optionsOf } from '../../src/config/option-table.ts';
import { VERSION } from '../../src/config/product.ts';
import { runCli, scratchFolder } from './run-cli.ts';

function helpOf(...args: string[]): string {
  let text = '';
  const line = readCommandLine(args, { out: (written) => (text += written), err: assert.fail, columns: 80 });
  assert.deepEqual(line, { kind: 'answered', code: 0 });
  return text.replaceAll(VERSION, 'VERSION');
}

/** To renew a golden file, write what `trawl … --help` prints into it, with VERSION for the version. */
async function golden(name: string): Promise<string> {
  return readFile(new URL(`golden/${name}.golden`, import.meta.url), 'utf8');
}

test('the help of trawl is the golden file', async () => {
  assert.equal(helpOf('--help'), await golden('help'));
});

for (const command of COMMANDS) {
  test(`the help of ${command} is the golden file, and names every option`, async () => {
    const help = helpOf(command, '--help');
    assert.equal(help, await golden(`help-${command}`));
    for (const [key, { flag, env }] of optionsOf(command)) assert.ok(help.includes(flag ?? env ?? '?'), key);
  });
}

/** The scripts that a run loads, as V8 counts them. */
async function loadedBy(folder: string, ...args: string[]): Promise<string[]> {
  const coverage = join(folder, 'coverage');
  await runCli(args, { cwd: folder, env: { NODE_V8_COVERAGE: coverage } });
  const reports = await Promise.all((await readdir(coverage)).map((name) => readFile(join(coverage, name), 'utf8')));
  return reports.flatMap((text) => (JSON.parse(text) as { result: { url: string }[] }).result.map(({ url }) => url));
}

const packages = (urls: string[], names: string[]) => names.filter((name) => urls.some((url) => url.includes(`/node_modules/${name}/`)));

test('help loads none of the heavy packages', async (t) => {
  const loaded = await loadedBy(await scratchFolder(t), 'crawl', '--help');
  assert.deepEqual(packages(loaded, ['commander', 'zod', 'undici', 'bullmq', 'ioredis', 'pino', 'dotenv']), ['commander']);
});

test('a parser is loaded only for documents of its kind', async (t) => {
  const folder = await scratchFolder(t);
  await writeFile(join(folder, 'a.md'), '[x](a.md)');
  const loaded = await loadedBy(folder, 'a.md');
  assert.deepEqual(packages(loaded, ['markdown-it', 'mdast-util-from-markdown', 'micromark']), ['markdown-it']);
});

test('a crawl on the memory engine loads neither BullMQ nor ioredis', async (t) => {
  const loaded = await loadedBy(await scratchFolder(t), '--retries', '0', 'http://127.0.0.1:1/');
  assert.deepEqual(packages(loaded, ['undici', 'bullmq', 'ioredis']), ['undici']);
});

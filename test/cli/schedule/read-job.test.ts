import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { readJob } from '../../../src/cli/schedule/read-job.ts';
import { UsageError } from '../../../src/model/errors.ts';
import type { Setting } from '../../../src/options/load-config.ts';
import { parseScheduledJob } from '../../../src/options/parse-scheduled-job.ts';
import { scratchFolder } from '../run-cli.ts';

const URL_GIVEN = 'https://example.com/';

async function read(words: readonly string[], { settings = [], input = '' }: { settings?: Setting[]; input?: string } = {}) {
  return (await readJob(words, { stdin: Readable.from([Buffer.from(input)]), settings: () => settings })).job;
}

test('options and sources are read as by trawl enqueue, and survive storage in Redis unchanged', async () => {
  const job = await read([
    '-d',
    '2',
    '--host-interval',
    '1s',
    '-H',
    'X-A: b',
    URL_GIVEN,
    '--sitemap',
    'auto',
    '--list',
    'https://l.example/a.csv',
  ]);
  assert.deepEqual([job.options.depth, job.options.hostIntervalMs, job.options.headers], [2, 1_000, [['X-A', 'b']]]);
  assert.deepEqual(job.sources, [
    { kind: 'url', url: URL_GIVEN },
    { kind: 'list-url', url: 'https://l.example/a.csv' },
    { kind: 'sitemap', url: 'auto' },
  ]);
  assert.deepEqual(parseScheduledJob(JSON.stringify(job)), JSON.parse(JSON.stringify(job)));
});

test('with check in front, the defaults are those of trawl check', async () => {
  const { options } = await read(['check', URL_GIVEN]);
  assert.deepEqual([options.links, options.checkExternal, options.fragments], ['all', true, true]);
});

test('the configuration file applies, and flags override it', async () => {
  const settings: Setting[] = [
    { key: 'depth', texts: ['3'], from: 'trawl.config.json: depth' },
    { key: 'timeoutMs', texts: ['7s'], from: 'trawl.config.json: timeout' },
    { key: 'format', texts: ['json'], from: 'trawl.config.json: format' },
    { key: 'retries', texts: ['2'], from: 'default' },
  ];
  const { options } = await read(['-d', '1', URL_GIVEN], { settings });
  assert.deepEqual([options.depth, options.timeoutMs], [1, 7_000]);
});

test('lists in files and on stdin are stored with the schedule, including how they are read', async (t) => {
  const folder = await scratchFolder(t);
  const csv = join(folder, 'list.csv');
  await writeFile(csv, 'link,name\nhttps://example.com/ü,x\n');
  const job = await read(['--url-column', 'link', csv]);
  const reading = { input: 'auto', dedupe: 'auto', urlColumn: 'link' };
  assert.deepEqual(job.sources, [{ kind: 'stored', name: csv, text: 'link,name\nhttps://example.com/ü,x\n', reading }]);
  assert.deepEqual((await read(['-'], { input: 'a.example\n' })).sources, [{ kind: 'stored', name: 'stdin', text: 'a.example\n' }]);
});

test('what a schedule cannot do is refused with advice', async (t) => {
  const folder = await scratchFolder(t);
  const files: Record<string, string | Buffer> = {
    'large.txt': 'https://example.com/\n'.repeat(50_000),
    'half.txt': 'https://example.com/\n'.repeat(30_000),
    'half2.txt': 'https://example.com/\n'.repeat(30_000),
    'page.md': '[a](b.md)',
    'data.json': '[]',
    'empty.txt': ' \n',
    'secret.txt': 'https://a.example/\nhttps://me:pw@b.example/\n',
    'secret.jsonl': '{"url":"https://me:pw@b.example/"}\n',
    'binary.txt': Buffer.from([65, 0, 66]),
  };
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  await mkdir(join(folder, 'docs'));
  const file = (name: string) => join(folder, name);
  const wrong: Array<[words: string[], said: RegExp]> = [
    [[], /nothing to fetch/],
    [['-d'], /^behind --: option '-d, --depth <N>' argument missing/],
    [['--depth', 'deep', URL_GIVEN], /--depth/],
    [['--no-such', URL_GIVEN], /^behind --: unknown option '--no-such'/],
    [['--map', 'm.mjs', URL_GIVEN], /--map: a schedule cannot name modules/],
    [['--run', 'mine', URL_GIVEN], /--run: a schedule takes only options of the run/],
    [['check', '-f', 'json', URL_GIVEN], /--format: a schedule starts runs and makes no reports: give it to trawl report RUN/],
    [['-H', 'Authorization: env:TOKEN', URL_GIVEN], /Authorization: env:NAME is not allowed in a schedule/],
    [['--auth', 'https://a.example=env:LOGIN', URL_GIVEN], /env:NAME is not allowed/],
    [['https://me:secret@a.example/'], /https:\/\/\*\*\*@a\.example\/: credentials in a URL would be stored/],
    [[file('large.txt')], /too large to be kept with the schedule.* --list/],
    [[file('half.txt'), file('half2.txt')], /half2\.txt is too large/],
    [[file('page.md')], /is a document with links to files of this machine/],
    [[file('docs')], /workers cannot read folders/],
    [[file('*.txt')], /workers cannot read folders/],
    [[file('data.json')], /is a JSON document, not a list/],
    [[file('empty.txt')], /is empty/],
    [[file('secret.txt')], /has credentials in a URL/],
    [[file('secret.jsonl')], /has credentials in a URL/],
    [[file('binary.txt')], /a NUL byte/],
    [[file('gone.txt')], /no such file/],
    [['--input', 'markdown', URL_GIVEN], /workers cannot read documents/],
  ];
  for (const [words, said] of wrong) {
    await assert.rejects(read(words), (error: Error) => {
      assert.ok(error instanceof UsageError, `${words.join(' ')}: ${error.stack}`);
      assert.match(error.message, said);
      assert.doesNotMatch(error.message, /secret@|:pw@/);
      return true;
    });
  }
});

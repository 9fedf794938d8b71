import assert from 'node:assert/strict';
import { once } from 'node:events';
import { link, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { VERSION } from '../../src/options/product.ts';
import { runCli, scratchFolder } from './run-cli.ts';

/** Invalid command lines: exit 3, nothing on stdout, and a hint on stderr. */
const MISTAKES: readonly (readonly [args: readonly string[], stderr: RegExp])[] = [
  [['statsu'], /^trawl: no such command or file: statsu; did you mean status\?\n$/],
  [['crawl', 'missing.txt'], /^trawl: no such file: missing\.txt\n$/],
  [['example.com'], /write http:\/\/example\.com\/\n$/],
  [['crawl'], /^trawl: nothing to fetch: name a file of URLs, a URL, or - for stdin\n$/],
  [['--timeuot', '5s', 'urls.txt'], /^trawl: unknown option '--timeuot'\n\(Did you mean --timeout\?\)/],
  [['crawl', '--timeout'], /^trawl: option '--timeout <T>' argument missing/],
  [['worker', 'word'], /^trawl: too many arguments/],
  [['worker'], /^trawl: worker needs Redis: give --redis/],
  [['status'], /^trawl: status needs Redis: give --redis/],
  [['report'], /^trawl: missing required argument/],
  [['report', 'nosuchrun'], /^trawl: no run nosuchrun in \.trawl\/runs, and no such file/],
  [
    ['-f', 'json', '-o', 'none/r.json', 'http://127.0.0.1:1/'],
    /^trawl: cannot write the report to none\/r\.json: its folder does not exist\n$/,
  ],
  [['-o', 'folder', 'http://127.0.0.1:1/'], /^trawl: cannot write the report to folder: it is a folder/],
  [['-o', 'list', 'list'], /^trawl: cannot write the report to list: that is the file it is made from/],
  [['-o', 'list', 'link-to-list'], /^trawl: cannot write the report to list: that is the file it is made from/],
  [
    ['-o', 'new.csv', '-f', 'json', '-o', './new.csv', 'list'],
    /^trawl: cannot write the report to \.\/new\.csv: the report in new\.csv is the same file/,
  ],
  [
    ['-o', 'hard-link', '-f', 'csv', '-o', 'binary', 'list'],
    /^trawl: cannot write the report to binary: the report in hard-link is the same file/,
  ],
  [
    ['-H', 'Authorization: env:UNSET_A', '-H', 'X-Key: env:UNSET_B', 'list'],
    /^trawl: not set in the environment: UNSET_A \(for the header Authorization\), UNSET_B \(for the header X-Key\)/,
  ],
  [['user:s3cret@example.com/'], /^trawl: no such file: \*\*\*@example\.com\/\n$/],
  [['crawl', '--redsi=redis://:s3cret@h'], /^trawl: unknown option '--redsi=redis:\/\/\*\*\*@h'/],
  [['--retries', 'http://u:s3cret@h/', 'list'], /^trawl: --retries: "http:\/\/\*\*\*@h\/" is not a whole number/],
  [['report', 'http://u:s3cret@h/'], /^trawl: no run http:\/\/\*\*\*@h\/ in/],
  [
    [`example.com/${'x'.repeat(300)}`],
    /^trawl: no such file: example\.com\/x{300}; if it is a URL, write http:\/\/example\.com\/x{300}\n$/,
  ],
  [['link-to-itself'], /^trawl: cannot read link-to-itself: ELOOP/],
  [['binary'], /^trawl: .*binary.*not a text list/],
  [[], /^Usage: trawl \[COMMAND\]/],
];

for (const [args, stderr] of MISTAKES) {
  test(`refused with exit 3: trawl ${args.join(' ')}`, async (t) => {
    const cwd = await scratchFolder(t);
    await mkdir(join(cwd, 'folder'));
    await writeFile(join(cwd, 'binary'), Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 0, 1]));
    await writeFile(join(cwd, 'list'), 'http://127.0.0.1:1/\n');
    await symlink('list', join(cwd, 'link-to-list'));
    await symlink('link-to-itself', join(cwd, 'link-to-itself'));
    await link(join(cwd, 'binary'), join(cwd, 'hard-link'));
    const result = await runCli(args, { cwd });
    assert.match(result.stderr, stderr);
    assert.equal(await readFile(join(cwd, 'list'), 'utf8'), 'http://127.0.0.1:1/\n');
    assert.deepEqual([result.code, result.stdout], [3, '']);
  });
}

test('all problems are reported at once, including those of .env', async (t) => {
  const cwd = await scratchFolder(t);
  await writeFile(join(cwd, '.env'), 'TRAWL_CONCURRENCY=lots\n');
  const result = await runCli(['--timeout', '5', '-H', 'nonsense', 'urls.txt'], { cwd });
  assert.equal(result.code, 3);
  const lines = result.stderr.trim().split('\n');
  assert.equal(lines[0], 'trawl: 3 problems:');
  assert.deepEqual(
    lines
      .slice(1)
      .map((line) => line.trim().split(':')[0])
      .sort(),
    ['--header', '--timeout', 'TRAWL_CONCURRENCY'],
  );
});

test('the version is printed on stdout', async (t) => {
  assert.deepEqual(await runCli(['--version'], { cwd: await scratchFolder(t) }), { code: 0, stdout: `${VERSION}\n`, stderr: '' });
});

for (const command of ['status', 'enqueue', 'crawl', 'collect']) {
  test(`${command}: an unreachable Redis is exit 8, in words`, async (t) => {
    const cwd = await scratchFolder(t);
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    server.close();
    const words = { status: [], collect: ['mine'] }[command] ?? ['http://127.0.0.1:1/'];
    const result = await runCli([command, '--redis', `redis://user:s3cret@127.0.0.1:${port}`, ...words], { cwd });
    assert.equal(result.code, 8, result.stderr);
    assert.match(result.stderr, new RegExp(`^trawl: .*127\\.0\\.0\\.1:${port}`, 'm'));
    assert.doesNotMatch(result.stderr, /s3cret/);
    assert.equal(result.stdout, '');
  });
}

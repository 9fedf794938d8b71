import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import type { Outcome } from '../../src/model/outcome.ts';
import { startSite } from '../helpers/site.ts';
import { runCli, scratchFolder } from './run-cli.ts';

const FILES: Readonly<Record<string, string>> = {
  'README.md': '# Title\n\n[ok](SITE/ok) [gone](SITE/gone#x)\n[a](docs/a.md#part) [b](docs/b.md)\n[c](docs/a.md#prat) [d](SITE/left-out)\n',
  'docs/a.md': '## Part\n\n[up](../README.md#title)\nSITE/gone [i](http://[)\n',
  'site/index.html': '<p id="top"><img src="/pic.png">\n<a href="SITE/gone">gone</a> <a href="#top">top</a>',
};

test('links of documents are checked once each, including local links and fragments, and failures list all places', async (t) => {
  const cwd = await scratchFolder(t);
  const site = await startSite((request, response) => response.writeHead(request.url === '/ok' ? 200 : 404).end());
  t.after(() => site.close());
  for (const [name, text] of Object.entries(FILES)) {
    await mkdir(dirname(join(cwd, name)), { recursive: true });
    await writeFile(join(cwd, name), text.replaceAll('SITE', site.origin));
  }
  const { code, stdout, stderr } = await runCli(
    ['README.md', 'docs/*.md', 'site', '--exclude', 'left-out', '-f', 'json', '--order', 'input', '-q'],
    { cwd },
  );
  const report = JSON.parse(stdout) as { outcomes: Outcome[]; sources: string[]; books: object };
  assert.deepEqual([code, stderr, report.sources], [2, '', ['README.md', 'docs/a.md', 'site/index.html']]);
  assert.deepEqual(
    report.outcomes
      .map(({ url, verdict, status, error, source, line, places }) => [
        url.replace(site.origin, 'SITE'),
        status ?? verdict,
        error?.code,
        `${source}:${line}`,
        ...(places ?? []),
      ])
      .sort(),
    [
      ['SITE/gone', 404, undefined, 'README.md:3', 'docs/a.md:4', 'site/index.html:2'],
      ['SITE/left-out', 'out-of-scope', 'EXCLUDED', 'README.md:5'],
      ['SITE/ok', 200, undefined, 'README.md:3'],
      ['README.md#title', 'ok', undefined, 'docs/a.md:3'],
      ['docs/a.md#part', 'ok', undefined, 'README.md:4'],
      ['docs/a.md#prat', 'broken', 'FRAGMENT_NOT_FOUND', 'README.md:5'],
      ['docs/b.md', 'broken', 'FILE_NOT_FOUND', 'README.md:4'],
      ['http://[', 'invalid-url', 'NOT_A_URL', 'docs/a.md:4'],
      ['site/pic.png', 'broken', 'FILE_NOT_FOUND', 'site/index.html:1'],
    ].sort(),
  );
  assert.deepEqual([site.countOf('/gone'), site.countOf('/left-out')], [1, 0]);
});

test('options select the files and how links are looked up, and --continue uses them again', async (t) => {
  const cwd = await scratchFolder(t);
  const files = {
    'site/index.html': '<a href="/about"> <a href="old/"> <a href="https://own.test/about.html#part">',
    'site/about.html': '<p id="part">',
    'site/old/page.html': '<a href="gone.html">',
    'site/draft.html': '<a href="gone.html">',
  };
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(cwd, name)), { recursive: true });
    await writeFile(join(cwd, name), text);
  }
  const options = ['--exclude-path', 'draft', '--fallback-extensions', 'html', '--index-files', '.', '--remap', 'https://own.test/=site/'];
  const first = await runCli(['site', '!site/old/**', ...options, '-f', 'ndjson', '-q', '--run', 'first', '--data-dir', 'runs'], { cwd });
  const rows = first.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Outcome);
  assert.deepEqual(
    [first.code, first.stderr, rows.map(({ url, verdict }) => `${url} ${verdict}`).sort()],
    [0, '', ['site/about ok', 'site/about.html#part ok', 'site/old/ ok']],
  );
  const recorded = JSON.parse(await readFile(join(cwd, 'runs/first/run.json'), 'utf8')) as { begun: { sources: { reading: object }[] } };
  assert.deepEqual(
    recorded.begun.sources.map(({ reading }) => Object.keys(reading).sort().join()),
    Array(2).fill('dedupe,fallbackExtensions,indexFiles,input,remaps,rootDir'),
  );
});

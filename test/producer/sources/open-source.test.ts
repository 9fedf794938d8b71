import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { UsageError } from '../../../src/model/errors.ts';
import { openSources } from '../../../src/producer/sources/open-source.ts';
import type { Source, SourceSpec } from '../../../src/producer/sources/source.ts';
import { runOptions } from '../../fetch/local-servers.ts';

const run = promisify(execFile);

async function tempDir(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'trawl-test-'));
  t.after(() => rm(path, { recursive: true, force: true }));
  return path;
}

async function serve(t: TestContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function open(...specs: SourceSpec[]): Promise<Source[]> {
  return openSources(specs, { stdin: Readable.from([]), downloads: { run: runOptions(), fetcher: {} } });
}

async function linesOf(source: Source | undefined, signal: AbortSignal = new AbortController().signal): Promise<string[]> {
  const lines: string[] = [];
  for await (const chunk of (source as Source).lines(signal)) lines.push(...chunk);
  return lines;
}

async function refuses(promise: Promise<unknown>, message: RegExp): Promise<void> {
  await assert.rejects(promise, (error: Error) => {
    assert.ok(error instanceof UsageError, String(error));
    assert.match(error.message, message);
    return true;
  });
}

test('sources keep their order, and all URLs are one source', async (t) => {
  const file = join(await tempDir(t), 'urls.txt');
  await writeFile(file, 'http://c.example/\nhttp://d.example/\n');
  const stdin = Readable.from([Buffer.from('http://e.exam'), Buffer.from('ple/\n')]);
  const sources = await openSources(
    [{ kind: 'url', url: 'http://a.example/' }, { kind: 'file', path: file }, { kind: 'url', url: 'http://b.example/' }, { kind: 'stdin' }],
    { stdin },
  );
  assert.deepEqual(
    sources.map(({ name, live }) => [name, live]),
    [
      ['command line', false],
      [file, false],
      ['-', true],
    ],
  );
  assert.deepEqual(await linesOf(sources[0]), ['http://a.example/', 'http://b.example/']);
  assert.deepEqual(await linesOf(sources[1]), ['http://c.example/', 'http://d.example/']);
  assert.deepEqual(await linesOf(sources[2]), ['http://e.example/']);
});

test('problems of a file are reported before anything is read', async (t) => {
  const dir = await tempDir(t);
  await refuses(open({ kind: 'file', path: join(dir, 'none.txt') }), /^no such file: .*none\.txt$/);
  await refuses(open({ kind: 'file', path: dir }), /is a folder: give a file/);
  const binary = join(dir, 'program');
  await writeFile(binary, Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 0]));
  await refuses(open({ kind: 'file', path: binary }), /program is not a text list: it contains a NUL byte/);
  const wide = join(dir, 'wide.txt');
  await writeFile(wide, '\uFEFFhttp://a.example/\n', 'utf16le');
  const [source] = await open({ kind: 'file', path: wide });
  assert.deepEqual(await linesOf(source), ['http://a.example/']);
  await mkdir(join(dir, 'sub'));
  await refuses(open({ kind: 'stdin' }, { kind: 'stdin' }), /only once/);
});

test('an empty file, and one that vanishes before it is read', async (t) => {
  const file = join(await tempDir(t), 'urls.txt');
  await writeFile(file, '');
  const [source] = await open({ kind: 'file', path: file });
  assert.deepEqual(await linesOf(source), []);
  await rm(file);
  await refuses(linesOf(source), /^no such file/);
});

test('a named pipe is read once, as its lines arrive', { skip: process.platform === 'win32' }, async (t) => {
  const pipe = join(await tempDir(t), 'pipe');
  await run('mkfifo', [pipe]);
  const [source] = await open({ kind: 'file', path: pipe });
  assert.equal(source?.live, true);
  const [lines] = await Promise.all([linesOf(source), writeFile(pipe, 'a\nb\n')]);
  assert.deepEqual(lines, ['a', 'b']);
});

test('a stop ends the reading of a pipe that has no writer', { skip: process.platform === 'win32' }, async (t) => {
  const folder = await tempDir(t);
  for (const name of ['urls.txt', 'links.md']) {
    const pipe = join(folder, name);
    await run('mkfifo', [pipe]);
    const [source] = await open({ kind: 'file', path: pipe });
    const stop = new AbortController();
    const reading = linesOf(source, stop.signal);
    setImmediate(() => stop.abort());
    await assert.rejects(reading, { name: 'AbortError' });
  }
});

test('a stop ends the reading of a silent stdin', async () => {
  const stdin = new PassThrough();
  const [source] = await openSources([{ kind: 'stdin' }], { stdin });
  const stop = new AbortController();
  const reading = linesOf(source, stop.signal);
  stop.abort();
  await assert.rejects(reading, { name: 'AbortError' });
  assert.equal(stdin.destroyed, true);
});

test('a list is downloaded', async (t) => {
  const site = await serve(t, (request, response) => {
    if (request.url === '/moved') response.writeHead(302, { location: '/list' }).end();
    else response.end('http://a.example/\r\nhttp://b.example/');
  });
  const sources = await open({ kind: 'list-url', url: `${site}/list` }, { kind: 'list-url', url: `${site}/moved` });
  assert.equal(sources[0]?.name, `${site}/list`);
  for (const source of sources) assert.deepEqual(await linesOf(source), ['http://a.example/', 'http://b.example/']);
});

test('a list that cannot be downloaded is refused with the reason', async (t) => {
  const site = await serve(t, (request, response) => {
    if (request.url === '/broken') {
      response.writeHead(200, { 'content-length': 100 }).write('http://a.example/\n', () => response.destroy());
    } else {
      response.writeHead(404).end('no');
    }
  });
  const [missing, broken] = await open({ kind: 'list-url', url: `${site}/none` }, { kind: 'list-url', url: `${site}/broken` });
  await refuses(linesOf(missing), /^cannot download the list http\S+\/none: the server answered 404$/);
  await refuses(linesOf(broken), /^cannot download the list http\S+\/broken: \S+/);
  const [refused] = await open({ kind: 'list-url', url: 'http://127.0.0.1:1/' });
  await refuses(linesOf(refused), /^cannot download the list http:\/\/127.0.0.1:1\/: /);
});

test('an invalid list URL, or one with credentials, is refused at once, and credentials are not shown', async () => {
  await refuses(open({ kind: 'list-url', url: 'ftp://example.com/list' }), /http or https/);
  await refuses(open({ kind: 'list-url', url: 'list.txt' }), /needs an http or https URL: list\.txt is not one$/);
  await assert.rejects(open({ kind: 'list-url', url: 'http://user:s3cret@example.com/list' }), (error: Error) => {
    return (
      error instanceof UsageError &&
      error.message.startsWith('http://***@example.com/list contains credentials') &&
      !error.message.includes('s3cret')
    );
  });
});

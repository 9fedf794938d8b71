import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { failure, fetcherFor, httpServer, rawServer, response, until } from './local-servers.ts';

/** Incompressible, so that the decoder falls behind the network. */
const NOISE = randomBytes(2_000_000);
const TEXT = Buffer.from('All work and no play makes a crawler dull. '.repeat(5_000));

test('decodes gzip, both kinds of deflate, br and chains, and reports both sizes', async (t) => {
  const bodies: Record<string, [string, Buffer]> = {
    '/gzip': ['gzip', gzipSync(TEXT)],
    '/x-gzip': ['X-GZIP', gzipSync(TEXT)],
    '/deflate': ['deflate', deflateSync(TEXT)],
    '/raw': ['deflate', deflateRawSync(TEXT)],
    '/br': ['br', brotliCompressSync(TEXT)],
    '/chain': ['gzip, br', brotliCompressSync(gzipSync(TEXT))],
    '/noise': ['gzip', gzipSync(NOISE)],
    '/unknown': ['rot13', TEXT],
  };
  const server = await httpServer(t, (request, answer) => {
    const [encoding = '', body] = bodies[request.url ?? ''] ?? [];
    answer.writeHead(200, { 'content-encoding': encoding }).end(body);
  });
  const get = fetcherFor(t);
  for (const [path, [, body]] of Object.entries(bodies)) {
    const result = response(await get(server.origin + path));
    assert.deepEqual([result.sizeBytes, result.wireBytes], [path === '/noise' ? NOISE.length : TEXT.length, body.length], path);
  }
  assert.equal(server.connections, 1, 'decoding gives the connection back');
});

test('decodes a body that arrives byte by byte', async (t) => {
  const body = gzipSync('hello');
  const server = await rawServer(t, (socket) => {
    socket.once('data', async () => {
      socket.write(`HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: ${body.length}\r\n\r\n`);
      for (const octet of body) {
        socket.write(Buffer.of(octet));
        await new Promise(setImmediate);
      }
    });
  });
  const result = response(await fetcherFor(t)(server.origin));
  assert.deepEqual([result.sizeBytes, result.wireBytes], [5, body.length]);
});

test('does not decode an empty body', async (t) => {
  const server = await httpServer(t, (request, answer) =>
    answer.writeHead(request.url === '/304' ? 304 : 200, { 'content-encoding': 'gzip' }).end(),
  );
  const get = fetcherFor(t);
  for (const path of ['/200', '/304']) assert.equal(response(await get(server.origin + path)).sizeBytes, 0);
});

test('a body that does not match its Content-Encoding is a protocol failure with its status', async (t) => {
  const wrong = gzipSync(TEXT);
  wrong.writeUInt32LE(1, wrong.length - 8);
  const bodies: Record<string, Buffer> = { '/plain': TEXT, '/checksum': wrong, '/middle': wrong.fill(0xff, 30, 60) };
  const server = await httpServer(t, (request, answer) =>
    answer.writeHead(200, { 'content-encoding': 'gzip' }).end(bodies[request.url ?? '']),
  );
  const get = fetcherFor(t);
  for (const path of Object.keys(bodies)) {
    const result = failure(await get(server.origin + path));
    assert.deepEqual([result.verdict, result.status], ['protocol', 200], path);
    assert.match(result.error.code, /^Z_/);
  }
});

test('ignores bytes after the end of an encoding, and reuses the connection', async (t) => {
  const member = gzipSync(TEXT);
  const tail = Buffer.from('\n \n<!-- served in 3 ms -->');
  const bodies: Record<string, [encoding: string, body: Buffer]> = {
    '/gzip': ['gzip', Buffer.concat([member, tail])],
    '/zeros': ['gzip', Buffer.concat([member, Buffer.alloc(600)])],
    '/members': ['gzip', Buffer.concat([member, member, tail])],
    '/magic': ['gzip', Buffer.concat([member, Buffer.of(0x1f, 0x8b)])],
    '/like-a-member': ['gzip', Buffer.concat([member, member.subarray(0, 10), Buffer.alloc(50, 0xff)])],
    '/long': ['gzip', Buffer.concat([member, randomBytes(300_000)])],
    '/deflate': ['deflate', Buffer.concat([deflateSync(TEXT), tail])],
    '/br': ['br', Buffer.concat([brotliCompressSync(TEXT), tail])],
  };
  const server = await httpServer(t, (request, answer) => {
    const [encoding = '', body] = bodies[request.url ?? ''] ?? [];
    answer.writeHead(200, { 'content-encoding': encoding }).end(body);
  });
  const get = fetcherFor(t);
  for (const [path, [, body]] of Object.entries(bodies)) {
    const result = response(await get(server.origin + path));
    const sizeBytes = TEXT.length * (path === '/members' ? 2 : 1);
    assert.deepEqual([result.sizeBytes, result.wireBytes, result.truncated], [sizeBytes, body.length, undefined], path);
  }
  assert.equal(server.connections, 1);
});

test('keeps what it can of a body whose encoding ends too early, wherever it is cut, and marks it as truncated', async (t) => {
  const text = randomBytes(50_000).toString('hex').slice(0, 60_000);
  const named = Buffer.concat([
    Buffer.of(0x1f, 0x8b, 8, 0x1e, 0, 0, 0, 0, 0, 3, 2, 0, 65, 65),
    Buffer.from('name\0comment\0CC'),
    gzipSync(text).subarray(10),
  ]);
  const server = await httpServer(t, (request, answer) => {
    const [, encoding = '', bytes] = request.url?.split('/') ?? [];
    const body = encoding === 'gzip' ? named : encoding === 'br' ? brotliCompressSync(text) : deflateSync(text);
    answer.writeHead(200, { 'content-encoding': encoding }).end(body.subarray(0, bytes === 'whole' ? undefined : Number(bytes)));
  });
  const get = fetcherFor(t);
  const told = async (path: string) => {
    const { sizeBytes, truncated, content } = response(await get(`${server.origin}/${path}`, {}, { keepContent: true }));
    assert.ok(text.startsWith(String(content?.body)), path);
    return [sizeBytes, truncated];
  };
  assert.deepEqual(await told('gzip/whole'), [60_000, undefined], 'a header with all of its fields');
  for (const bytes of [1, 2, 9, 11, 13, 17, 26, 28]) assert.deepEqual(await told(`gzip/${bytes}`), [0, true], String(bytes));
  for (const bytes of [-1, -4, -8]) assert.deepEqual(await told(`gzip/${bytes}`), [60_000, true], String(bytes));
  for (const encoding of ['gzip', 'br', 'deflate']) {
    const [sizeBytes, truncated] = await told(`${encoding}/20000`);
    assert.ok(Number(sizeBytes) > 20_000 && truncated === true, `${encoding}: ${sizeBytes}`);
  }
});

test('a large body that fails at its end loses a little and is marked as truncated', async (t) => {
  const member = gzipSync(NOISE);
  const bodies = [Buffer.concat([member, Buffer.from('tail')]), member.subarray(0, -8), member.subarray(0, -100_000)];
  const server = await httpServer(t, (request, answer) =>
    answer.writeHead(200, { 'content-encoding': 'gzip' }).end(bodies[Number(request.url?.slice(1))]),
  );
  const get = fetcherFor(t);
  for (const [index, leastBytes] of [NOISE.length - 16_384, NOISE.length - 16_384, NOISE.length - 120_000].entries()) {
    const { sizeBytes, truncated } = response(await get(`${server.origin}/${index}`));
    assert.ok(truncated && sizeBytes >= leastBytes && sizeBytes <= NOISE.length, String(sizeBytes));
  }
});

test('refuses gzip with very many empty members and trailing data', async (t) => {
  const body = Buffer.concat([...Array(1_001).fill(gzipSync('')), Buffer.from('tail')]);
  const server = await httpServer(t, (_request, answer) => answer.writeHead(200, { 'content-encoding': 'gzip' }).end(body));
  assert.match(failure(await fetcherFor(t)(server.origin)).error.message, /more than 1000 members/);
});

test('an error status counts even if its body cannot be decoded', async (t) => {
  const server = await httpServer(t, (request, answer) => {
    const encoding = request.url === '/many' ? Array(6).fill('gzip').join() : 'gzip';
    answer.writeHead(404, { 'content-encoding': encoding }).end('plain');
  });
  const get = fetcherFor(t);
  for (const path of ['/plain', '/many']) assert.equal(response(await get(server.origin + path)).status, 404);
});

test('refuses more than five content encodings', async (t) => {
  const server = await httpServer(t, (_request, answer) =>
    answer.writeHead(200, { 'content-encoding': Array(6).fill('gzip').join() }).end(TEXT),
  );
  const result = failure(await fetcherFor(t)(server.origin));
  assert.deepEqual([result.verdict, result.error.code], ['protocol', 'TOO_MANY_ENCODINGS']);
});

test('cuts a body at the limit and marks it as truncated', async (t) => {
  const server = await httpServer(t, (request, answer) => answer.end(TEXT.subarray(0, Number(request.url?.slice(1)))));
  const get = fetcherFor(t);
  const exact = response(await get(`${server.origin}/1000`, { maxBodyBytes: 1_000 }));
  assert.deepEqual([exact.sizeBytes, exact.truncated], [1_000, undefined]);
  const over = response(await get(`${server.origin}/1001`, { maxBodyBytes: 1_000 }));
  assert.deepEqual([over.sizeBytes, over.truncated], [1_000, true]);
  assert.equal(response(await get(`${server.origin}/20`, { maxBodyBytes: 1_000 })).sizeBytes, 20, 'the fetcher goes on');
});

test('cuts an endless body at the limit and closes its connection', async (t) => {
  const server = await rawServer(t, (socket) => {
    socket.once('data', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      const more = () => {
        while (!socket.destroyed && socket.write(Buffer.alloc(65_536, 'x')));
      };
      socket.on('drain', more);
      more();
    });
  });
  const result = response(await fetcherFor(t)(server.origin, { maxBodyBytes: 1_000_000 }));
  assert.deepEqual([result.sizeBytes, result.truncated], [1_000_000, true]);
  await until(() => server.open === 0, 'the connection is closed');
});

test('a decompression bomb takes at most the limit', async (t) => {
  const gzipBomb = gzipSync(Buffer.alloc(50_000_000));
  const doubleBomb = brotliCompressSync(gzipBomb);
  const bombs: Record<string, [string, Buffer]> = { '/gzip': ['gzip', gzipBomb], '/double': ['gzip, br', doubleBomb] };
  const server = await httpServer(t, (request, answer) => {
    const [encoding = '', body] = bombs[request.url ?? ''] ?? [];
    answer.writeHead(200, { 'content-encoding': encoding }).end(body);
  });
  const get = fetcherFor(t);
  for (const path of Object.keys(bombs)) {
    const result = response(await get(server.origin + path, { maxBodyBytes: 2_000_000 }));
    assert.deepEqual([result.sizeBytes, result.truncated], [2_000_000, true], path);
    assert.ok(result.wireBytes < 50_000);
  }
});

test('a sink that pauses after each piece gets all of them, and then the failure', async (t) => {
  const server = await httpServer(t, (_, answer) => {
    answer.writeHead(200, { 'content-length': 100 }).write('piece', () => answer.destroy());
  });
  const pieces: string[] = [];
  let empty = 0;
  const statuses: number[] = [];
  const sink = {
    begin: (status: number) => statuses.push(status),
    write: (piece: Buffer, resume: () => void) => {
      pieces.push(String(piece));
      if (piece.length === 0 && ++empty > 100) throw new Error('empty pieces without end');
      setImmediate(resume);
      return false;
    },
  };
  const result = failure(await fetcherFor(t)(`${server.origin}/`, {}, { sink }));
  assert.deepEqual([result.verdict, pieces, statuses], ['reset', ['piece'], [200]]);
});

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Batch } from '../../src/engine/batch.ts';
import { UsageError } from '../../src/model/errors.ts';
import { produce } from '../../src/producer/produce.ts';
import { openSources } from '../../src/producer/sources/open-source.ts';
import type { Source } from '../../src/producer/sources/source.ts';
import { TYPESCRIPT_FLAGS } from '../helpers/typescript-flags.ts';
import { until } from '../helpers/until.ts';

const RUN = 'run-1';

/** An engine that accepts batches as long as `room` resolves. */
class Sink {
  readonly batches: Batch[] = [];
  inFlight = 0;
  mostInFlight = 0;
  room: (batch: Batch) => Promise<void> = async () => {};

  async submit(run: string, batch: Batch): Promise<void> {
    assert.equal(run, RUN);
    this.mostInFlight = Math.max(this.mostInFlight, ++this.inFlight);
    await this.room(batch);
    this.inFlight--;
    this.batches.push(batch);
  }

  get lines(): number {
    return this.batches.reduce((sum, batch) => sum + batch.lines.length, 0);
  }
}

function never(): AbortSignal {
  return new AbortController().signal;
}

/** A source of these chunks; an Error among them is thrown. */
function source(name: string, ...chunks: (string[] | Error)[]): Source {
  return {
    name,
    live: false,
    async *lines() {
      for (const chunk of chunks) {
        if (chunk instanceof Error) throw chunk;
        yield chunk;
      }
    },
  };
}

function numbered(count: number, prefix = 'l'): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index + 1}`);
}

test('lines are numbered and submitted in full batches, whatever the chunks of the source', async () => {
  const lines = numbered(2_500);
  const progress: number[] = [];
  for (const chunkLines of [1, 7, 999, 1_000, 2_500]) {
    const sink = new Sink();
    const chunks = Array.from({ length: Math.ceil(2_500 / chunkLines) }, (_, index) =>
      lines.slice(index * chunkLines, (index + 1) * chunkLines),
    );
    const produced = await produce(sink, RUN, [source('a', ...chunks)], { onLines: (count) => progress.push(count) }, never());
    assert.deepEqual(produced, { batches: 3, lines: 2_500, complete: true });
    assert.deepEqual(
      sink.batches.map(({ number, firstLine, lines, source }) => [number, firstLine, lines.length, source]),
      [
        [0, 1, 1_000, undefined],
        [1, 1_001, 1_000, undefined],
        [2, 2_001, 500, undefined],
      ],
    );
    assert.deepEqual(
      sink.batches.flatMap((batch) => batch.lines),
      lines,
    );
    assert.deepEqual(progress.splice(0), [1_000, 2_000, 2_500]);
  }
});

test('several sources have names and their own line numbers, and their batches are numbered together', async () => {
  const sink = new Sink();
  const sources = [source('a.txt', numbered(1_001)), source('empty.txt'), source('b.txt', ['x', '', '# y'])];
  assert.deepEqual(await produce(sink, RUN, sources, {}, never()), { batches: 3, lines: 1_004, complete: true });
  assert.deepEqual(
    sink.batches.map(({ number, firstLine, lines, source }) => [number, firstLine, lines.length, source]),
    [
      [0, 1, 1_000, 'a.txt'],
      [1, 1_001, 1, 'a.txt'],
      [2, 1, 3, 'b.txt'],
    ],
  );
});

test('an empty list is complete with no batches', async () => {
  assert.deepEqual(await produce(new Sink(), RUN, [source('a')], {}, never()), { batches: 0, lines: 0, complete: true });
});

test('a few submits are in flight, never more, and a full engine stops the reading', async () => {
  const sink = new Sink();
  let open = () => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  sink.room = () => gate;
  let given = 0;
  const endless: Source = {
    name: 'a',
    live: false,
    async *lines() {
      for (; given < 100; given++) yield numbered(1_000);
    },
  };
  const producing = produce(sink, RUN, [endless], {}, never());
  await until(() => sink.inFlight === 4, 'four submits');
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.ok(given < 10, `${given} chunks were read ahead`);
  open();
  assert.deepEqual(await producing, { batches: 100, lines: 100_000, complete: true });
  assert.equal(sink.mostInFlight, 4);
});

test('lines of a live source do not wait for more', async () => {
  const stdin = new PassThrough();
  const sources = await openSources([{ kind: 'stdin' }], { stdin });
  const sink = new Sink();
  const producing = produce(sink, RUN, sources, {}, never());
  stdin.write('http://a.example/\nhttp://b.exa');
  await until(() => sink.lines === 1, 'the first line');
  stdin.write('mple/\n');
  await until(() => sink.lines === 2, 'the second line');
  stdin.end('http://c.example/');
  assert.deepEqual(await producing, { batches: 3, lines: 3, complete: true });
  assert.deepEqual(
    sink.batches.map(({ number, firstLine, lines }) => [number, firstLine, ...lines]),
    [
      [0, 1, 'http://a.example/'],
      [1, 2, 'http://b.example/'],
      [2, 3, 'http://c.example/'],
    ],
  );
});

test('lines of a live source that never pauses are not held back either', async () => {
  const stdin = new PassThrough();
  const sink = new Sink();
  const producing = produce(sink, RUN, await openSources([{ kind: 'stdin' }], { stdin }), {}, never());
  const talking = setInterval(() => stdin.write('x\n'), 5);
  await until(() => sink.batches.length >= 2, 'two batches');
  clearInterval(talking);
  stdin.end();
  await producing;
  assert.ok((sink.batches[0] as Batch).lines.length < 1_000);
});

test('the stop works while the source is silent, and while the engine is full', async () => {
  const silent = new PassThrough();
  const stop = new AbortController();
  const sink = new Sink();
  const producing = produce(sink, RUN, await openSources([{ kind: 'stdin' }], { stdin: silent }), {}, stop.signal);
  silent.write('a\n');
  await until(() => sink.lines === 1, 'the line');
  stop.abort();
  assert.deepEqual(await producing, { batches: 1, lines: 1, complete: false });

  const again = new AbortController();
  const full = new Sink();
  full.room = () => new Promise(() => {});
  const stuck = produce(full, RUN, [source('a', numbered(10_000))], {}, again.signal);
  await until(() => full.inFlight === 4, 'four submits');
  again.abort();
  assert.equal((await stuck).complete, false);

  const before = await produce(sink, RUN, [source('a', ['x'])], {}, AbortSignal.abort());
  assert.deepEqual(before, { batches: 0, lines: 0, complete: false });
});

test('when a source fails, the lines that were read before are accepted first', async () => {
  const sink = new Sink();
  sink.room = () => new Promise((resolve) => setTimeout(resolve, 5));
  const failing = source('a', numbered(1_500), new UsageError('a is not a text list'));
  await assert.rejects(produce(sink, RUN, [failing, source('b', ['x'])], {}, never()), { message: 'a is not a text list' });
  assert.equal(sink.lines, 1_500);
  assert.equal(sink.inFlight, 0);
});

test('a NUL byte deep inside a stream is an error', async () => {
  const text = Buffer.from('http://a.example/\n'.repeat(300_000));
  const stdin = Readable.from([...pieces(text), Buffer.from([0x61, 0]), Buffer.from('http://b.example/\n')]);
  const sink = new Sink();
  await assert.rejects(produce(sink, RUN, await openSources([{ kind: 'stdin' }], { stdin }), {}, never()), /stdin is not a text list/);
  assert.equal(sink.lines, 300_000);
});

test('when the engine refuses a batch, the producer ends at once, even if its source is silent', async () => {
  const stdin = new PassThrough();
  const sink = new Sink();
  sink.room = async () => {
    throw new Error('refused');
  };
  stdin.write('a\n');
  await assert.rejects(produce(sink, RUN, await openSources([{ kind: 'stdin' }], { stdin }), {}, never()), /refused/);
  assert.equal(stdin.destroyed, true);
});

test('a file of 65 MB passes through a process with a heap of 40 MB', async (t) => {
  const dir = await mkdtemp(join(tmpdir(), 'trawl-test-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  const file = join(dir, 'large.txt');
  async function* generated(): AsyncGenerator<string> {
    for (let thousand = 0; thousand < 100; thousand++) {
      yield numbered(1_000, `http://example.com/${'x'.repeat(620)}/${thousand}/`)
        .join('\n')
        .concat('\n');
    }
  }
  await pipeline(Readable.from(generated()), createWriteStream(file));
  const child = spawn(
    process.execPath,
    ['--max-old-space-size=40', ...TYPESCRIPT_FLAGS, fileURLToPath(new URL('./produce-child.ts', import.meta.url)), file],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  t.after(() => child.kill('SIGKILL'));
  let output = '';
  for await (const text of child.stdout) output += text;
  assert.equal(output, '{"batches":100,"lines":100000,"complete":true}');
});

function pieces(bytes: Buffer): Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / 65_536) }, (_, index) => bytes.subarray(index * 65_536, (index + 1) * 65_536));
}

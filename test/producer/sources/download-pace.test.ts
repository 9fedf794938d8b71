import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DownloadPace } from '../../../src/producer/sources/download-bytes.ts';

test('downloads from one origin wait for the interval, and another origin does not wait for them', async () => {
  const pace = new DownloadPace(3_600_000);
  const stop = new AbortController();
  const begun: string[] = [];
  const begin = (url: string) => pace.begin(url, stop.signal, async () => void begun.push(url));
  await begin('http://a.example/index.xml');
  const waiting = assert.rejects(begin('http://a.example/a.xml'), /enough/);
  await begin('http://b.example/b.xml');
  stop.abort(new Error('enough'));
  await waiting;
  assert.deepEqual(begun, ['http://a.example/index.xml', 'http://b.example/b.xml']);
});

test('a run without an interval waits for nothing, and a later download starts after the interval', async () => {
  const { signal } = new AbortController();
  const begunMs: number[] = [];
  for (const pace of [new DownloadPace(0), new DownloadPace(50)])
    for (let time = 0; time < 2; time++) await pace.begin('http://a.example/', signal, async () => void begunMs.push(performance.now()));
  const [, , first = 0, second = 0] = begunMs;
  assert.ok(second - first >= 50, `${second - first} ms`);
});

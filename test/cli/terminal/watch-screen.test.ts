import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { StatusLine } from '../../../src/cli/terminal/status-line.ts';
import { WatchScreen } from '../../../src/cli/terminal/watch-screen.ts';
import { Findings } from '../../../src/watch/findings.ts';
import { watchContext } from '../watch-context.ts';

const START_MS = Date.UTC(2026, 10, 25, 10, 15);

test('a live table keeps updating its durations until the end', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval', 'Date'], now: START_MS });
  const tables: string[] = [];
  const context = watchContext([], {
    environment: { NO_COLOR: '1' },
    stdout: Object.assign(new PassThrough().resume(), { isTTY: true, columns: 80, rows: 24 }),
    statusLine: new StatusLine((text) => tables.push(text)),
  });
  const url = 'http://a.test/';
  const findings = new Findings([{ url, shownUrl: url }], context.config.watch, '200-299', START_MS);
  const screen = new WatchScreen(context, findings);
  const facts = { verdict: 'ok', ok: true, status: 200, latencyMs: 5, finishedAt: new Date(START_MS).toISOString() };
  const found = findings.take(JSON.stringify({ url, ...facts, meta: { service: 0, round: 1 } }));
  await screen.show(found === undefined ? [] : [found], 'run');
  t.mock.timers.tick(61_000);
  assert.match(tables.at(-1) ?? '', /up +1 m 01 s +200/);
  await screen.end(1, 61_000);
  const drawn = tables.length;
  t.mock.timers.tick(10_000);
  assert.equal(tables.length, drawn);
});

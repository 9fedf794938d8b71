import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Log } from '../../src/model/log.ts';
import { Receiver } from '../../src/tracing/receiver.ts';
import { startReceiver } from '../helpers/otlp-receiver.ts';

function recordingLog() {
  const lines: string[] = [];
  const write = (level: string) => (_: object, message: string) => void lines.push(`${level} ${message}`);
  const log: Log = { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
  return { log, lines };
}

test('a receiver that cannot be connected to is logged at once, and again only when it is back', async () => {
  const server = await startReceiver();
  await server.close();
  const { log, lines } = recordingLog();
  const receiver = new Receiver(`${server.origin}/v1/traces`, log);
  await receiver.looked;
  assert.equal(receiver.isAway, true);
  receiver.failed(new Error('still away'));
  receiver.succeeded();
  assert.equal(receiver.isAway, false);
  receiver.failed(new Error('refused for http://me:secret@host/'));
  const away = `warn traces cannot be sent to ${server.origin}/v1/traces:`;
  assert.deepEqual(lines, [
    `${away} connect ECONNREFUSED ${server.origin.slice('http://'.length)}; the command continues without them`,
    `info traces are sent to ${server.origin}/v1/traces again`,
    `${away} refused for http://***@host/; the command continues without them`,
  ]);
});

test('nothing is logged of a receiver that can be connected to', async (t) => {
  const server = await startReceiver();
  t.after(() => server.close());
  const { log, lines } = recordingLog();
  const receiver = new Receiver(`${server.origin}/v1/traces`, log);
  await receiver.looked;
  receiver.succeeded();
  assert.deepEqual([receiver.isAway, lines], [false, []]);
});

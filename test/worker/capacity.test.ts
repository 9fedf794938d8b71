import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Log, silentLog } from '../../src/model/log.ts';
import { Capacity, ShortageError } from '../../src/worker/capacity.ts';

const HOST = 'a.test:80';

function capacityOf(options: Partial<ConstructorParameters<typeof Capacity>[0]>) {
  const logged: string[] = [];
  const log: Log = { ...silentLog, warn: (_, message) => void logged.push(message), info: (_, message) => void logged.push(message) };
  return { logged, capacity: new Capacity({ concurrency: 100, alone: true, ...options }, log) };
}

test('a burst of failures cuts the allowance once and notifies the listeners', () => {
  const { capacity, logged } = capacityOf({});
  const seen: number[] = [];
  capacity.onChange(() => seen.push(capacity.visits));
  for (let failure = 0; failure < 90; failure++) assert.equal(capacity.failed('EMFILE', HOST), 'wait');
  assert.deepEqual(seen, [50]);
  assert.equal(logged.length, 1);
  assert.match(logged[0] ?? '', /ulimit -n.*EMFILE/);
  capacity.close();
});

test('an allowance of one is not cut further', () => {
  const { capacity } = capacityOf({ concurrency: 1 });
  capacity.failed('ENOBUFS', HOST);
  assert.equal(capacity.visits, 1);
  capacity.close();
});

test('a process without other workers gives up on its requests after a long time, until one is sent again', () => {
  const { capacity } = capacityOf({ hopelessAfterMs: 0 });
  assert.equal(capacity.failed('ENOBUFS', HOST), 'final');
  assert.equal(capacity.hopeless.aborted, false);
  capacity.close();
  const { capacity: patient } = capacityOf({ hopelessAfterMs: 3_600_000 });
  assert.equal(patient.failed('ENOBUFS', HOST), 'wait');
  patient.close();
});

test('a process with other workers leaves its URLs to them after a long time, and says why', () => {
  const { capacity } = capacityOf({ alone: false, hopelessAfterMs: 0 });
  assert.equal(capacity.failed('ENOBUFS', HOST), 'wait');
  assert.ok(capacity.hopeless.reason instanceof ShortageError);
  assert.match(capacity.hopeless.reason.message, /leaves its URLs to others.*ENOBUFS/);
  capacity.close();
});

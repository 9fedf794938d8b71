import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askPatiently } from '../../src/collector/collected-engine.ts';
import { silentLog } from '../../src/model/log.ts';
import { RUN, ScriptedEngine } from './scripted-engine.ts';

const COLLECTOR = { id: 'collector-1', folder: 'folder-1' };
const MISCONF = 'MISCONF Redis is configured to save RDB snapshots, but it is currently unable to persist to disk.';

/** An engine that refuses this many claims, and the messages that are logged. */
function refusing(times: number, message = MISCONF) {
  const engine = new ScriptedEngine({ rows: 0 });
  const claim = engine.claim.bind(engine);
  const logged: string[] = [];
  const [answers, stop] = [new AbortController(), new AbortController()];
  let asked = 0;
  engine.claim = async (...args) => {
    if (asked++ < times) throw new Error(message);
    return claim(...args);
  };
  const log = { ...silentLog, warn: (_: object, text: string) => void logged.push(text) };
  return {
    logged,
    stop,
    asked: () => asked,
    claim: () => askPatiently(engine, { answers: answers.signal, stop: stop.signal, log }).claim(RUN, COLLECTOR, 'renew'),
  };
}

test('calls that are refused are retried until they succeed, and that is logged once', async () => {
  const engine = refusing(2);
  await engine.claim();
  assert.equal(engine.asked(), 3);
  assert.equal(engine.logged.length, 1);
  assert.match(engine.logged.join(), /the collector is waiting for Redis: it cannot save to its disk/);
});

test('the stop ends the retries, even in the middle of a wait', async () => {
  const engine = refusing(Number.POSITIVE_INFINITY);
  const claiming = engine.claim();
  setImmediate(() => engine.stop.abort());
  await assert.rejects(claiming, /MISCONF/);
  await assert.rejects(engine.claim(), /MISCONF/);
  assert.ok(engine.asked() <= 3, `${engine.asked()} times`);
});

test('any other error is passed on', async () => {
  const engine = refusing(1, 'ERR something else');
  await assert.rejects(engine.claim(), /something else/);
  assert.deepEqual([engine.asked(), engine.logged], [1, []]);
});

import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import { listenForSignals, stoppedCode } from '../../src/cli/shutdown.ts';

function start() {
  const source = new EventEmitter();
  const told: string[] = [];
  const exits: number[] = [];
  return {
    source,
    told,
    exits,
    shutdown: listenForSignals(
      source,
      (message) => told.push(message),
      (code) => exits.push(code),
    ),
  };
}

test('the first signal stops cleanly, and the second one quits at once', () => {
  const { source, told, exits, shutdown } = start();
  assert.equal(shutdown.signal.aborted, false);
  source.emit('SIGINT');
  assert.equal(shutdown.signal.aborted, true);
  assert.equal(shutdown.received(), 'SIGINT');
  assert.match(told.join(), /again to force quit/);
  assert.deepEqual(exits, []);
  source.emit('SIGTERM');
  assert.deepEqual(exits, [143]);
});

test('the exit code names the signal, and a stdout closed by its reader is not a failure', () => {
  const terminated = start();
  terminated.source.emit('SIGTERM');
  assert.equal(stoppedCode(terminated.shutdown), 143);
  const closed = start();
  closed.shutdown.closeOutput(failure('EPIPE'));
  assert.equal(closed.shutdown.outputFailure(), undefined);
  assert.equal(closed.shutdown.signal.aborted, true);
  assert.equal(closed.shutdown.outputClosed(), true);
  assert.equal(stoppedCode(closed.shutdown), 4);
  const hungUp = start();
  hungUp.source.emit('SIGHUP');
  assert.equal(stoppedCode(hungUp.shutdown), 129);
});

test('the first signal after stdout closed does not quit at once', () => {
  const { source, exits, shutdown } = start();
  shutdown.closeOutput(failure('EPIPE'));
  source.emit('SIGINT');
  assert.deepEqual(exits, []);
});

test('an error of stdout is a failure, and only the first one is reported', () => {
  const { shutdown } = start();
  shutdown.closeOutput(failure('ENOSPC'));
  shutdown.closeOutput(failure('EPIPE'));
  assert.equal((shutdown.outputFailure() as NodeJS.ErrnoException).code, 'ENOSPC');
  assert.deepEqual([shutdown.signal.aborted, shutdown.outputClosed()], [true, true]);
});

function failure(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: write`), { code });
}

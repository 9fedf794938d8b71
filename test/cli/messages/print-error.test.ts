import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reportError } from '../../../src/cli/messages/print-error.ts';
import { RedisUnavailableError, RunClaimedError, UnknownRunError, UsageError } from '../../../src/model/errors.ts';

test('an expected error prints its message and has its exit code', () => {
  assert.deepEqual(reportError(new UsageError('no such file: x'), false), { text: 'trawl: no such file: x\n', code: 3 });
  assert.deepEqual(reportError(new UnknownRunError('no run r'), false), { text: 'trawl: no run r\n', code: 3 });
  assert.deepEqual(reportError(new RunClaimedError('claimed'), false), { text: 'trawl: claimed\n', code: 3 });
  assert.deepEqual(reportError(new RedisUnavailableError('no Redis'), false), { text: 'trawl: no Redis\n', code: 8 });
});

test('a full disk is reported without a stack', () => {
  const error = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  assert.deepEqual(reportError(error, true), { text: 'trawl: ENOSPC: no space left on device, write\n', code: 1 });
});

test('an unexpected error is called internal, and shows its stack on request', () => {
  const brief = reportError(new TypeError('x is undefined'), false);
  assert.equal(brief.code, 1);
  assert.match(brief.text, /^trawl: internal error: x is undefined\nRun it with -v/);
  assert.match(reportError(new TypeError('x is undefined'), true).text, /print-error\.test/);
});

test('credentials in URLs are masked in messages and stacks', () => {
  assert.equal(reportError(new UnknownRunError('no run http://u:s3cret@h/x'), false).text, 'trawl: no run http://***@h/x\n');
  assert.doesNotMatch(reportError(new TypeError('no http://u:s3cret@h/x'), true).text, /s3cret/);
});

test('control characters in messages are escaped on every line', () => {
  const { text } = reportError(new UsageError('reduce failed: \x1b]0;title\x07\u202e\n  the way out'), false);
  assert.equal(text, 'trawl: reduce failed: \\x1b]0;title\\x07\\u202e\n  the way out\n');
});

test('a reader that went away causes no message, but exit code 4', () => {
  assert.deepEqual(reportError(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }), false), { text: '', code: 4 });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLog, logLineText } from '../../../src/cli/terminal/log.ts';

function written(options: Parameters<typeof createLog>[0], normal: 'info' | 'warn'): string[] {
  const lines: string[] = [];
  const log = createLog(options, normal, (line) => lines.push(line));
  log.debug({}, 'd');
  log.info({ redis: 'redis://h:1', words: 'two words' }, 'i');
  log.warn({}, 'w');
  log.error({ err: new Error('broke') }, 'e');
  return lines;
}

test('quiet, normal and verbose say more and more', () => {
  const messages = (verbosity: 'quiet' | 'normal' | 'verbose', normal: 'info' | 'warn') =>
    written({ verbosity, logFormat: 'json' }, normal)
      .map((line) => JSON.parse(line).msg)
      .join('');
  assert.equal(messages('quiet', 'info'), 'we');
  assert.equal(messages('normal', 'warn'), 'we');
  assert.equal(messages('normal', 'info'), 'iwe');
  assert.equal(messages('verbose', 'warn'), 'diwe');
});

test('for people a record is one line', () => {
  const [info, , error] = written({ verbosity: 'normal', logFormat: 'text' }, 'info');
  assert.match(info ?? '', /^\d\d:\d\d:\d\dZ info {2}i redis=redis:\/\/h:1 words="two words"\n$/);
  assert.match(error ?? '', /^\d\d:\d\d:\d\dZ error e error=broke\n$/);
});

test('of an error its message is shown, under either name, and nothing that it carries', () => {
  const lines: string[] = [];
  for (const logFormat of ['text', 'json'] as const) {
    const log = createLog({ verbosity: 'normal', logFormat }, 'info', (line) => lines.push(line));
    const error = Object.assign(new Error('ERR script'), { command: { args: ['s3cret'] }, code: 'X' });
    log.error({ error }, 'm');
    log.error({ err: error }, 'm');
  }
  assert.match(lines[0] ?? '', /^\d\d:\d\d:\d\dZ error m error="ERR script"\n$/);
  assert.equal(lines.length, 4);
  assert.doesNotMatch(lines.join(''), /s3cret/);
});

test('control characters do not reach the terminal', () => {
  const line = logLineText(
    JSON.stringify({ level: 'warn', time: '2026-01-01T10:15:00.000Z', msg: 'm\x1b]0;\x9b', url: 'a\x1bb c\n' }),
    false,
  );
  assert.equal(line, '10:15:00Z warn  m\\x1b]0;\\x9b url="a\\u001bb c\\n"\n');
});

test('credentials of URLs reach no log', () => {
  for (const logFormat of ['text', 'json'] as const) {
    const lines: string[] = [];
    createLog({ verbosity: 'verbose', logFormat }, 'info', (line) => lines.push(line)).warn(
      { url: 'http://u:s3cret@h/', err: new Error('no http://u:s3cret@h/') },
      'at http://u:s3cret@h/',
    );
    assert.doesNotMatch(lines.join(''), /s3cret/);
    assert.match(lines.join(''), /at http:\/\/\*\*\*@h\//);
  }
});

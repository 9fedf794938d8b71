import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLog, logLineText } from '../../../src/cli/terminal/log.ts';

function written(options: Parameters<typeof createLog>[0], normal: 'info' | 'warn'): string[] {
  const lines: string[] = [];
  const log = createLog(options, normal, (line) => lines.push(line));
  log.debug({ event: 'message' }, 'd');
  log.info({ event: 'worker-started', redis: 'redis://h:1', words: 'two words' }, 'i');
  log.warn({ event: 'message' }, 'w');
  log.error({ event: 'message', err: new Error('broke') }, 'e');
  return lines;
}

test('quiet, normal and verbose log increasingly more', () => {
  const messages = (verbosity: 'quiet' | 'normal' | 'verbose', normal: 'info' | 'warn') =>
    written({ verbosity, logFormat: 'json' }, normal)
      .map((line) => JSON.parse(line).msg)
      .join('');
  assert.equal(messages('quiet', 'info'), 'we');
  assert.equal(messages('normal', 'warn'), 'we');
  assert.equal(messages('normal', 'info'), 'iwe');
  assert.equal(messages('verbose', 'warn'), 'diwe');
});

test('the text form of a record is one line', () => {
  const [info, , error] = written({ verbosity: 'normal', logFormat: 'text' }, 'info');
  assert.match(info ?? '', /^\d\d:\d\d:\d\dZ info {2}i redis=redis:\/\/h:1 words="two words"\n$/);
  assert.match(error ?? '', /^\d\d:\d\d:\d\dZ error e error=broke\n$/);
});

test('only the JSON form has the event and the worker of each line', () => {
  const [json = '', text = ''] = (['json', 'text'] as const).map((logFormat) => {
    const lines: string[] = [];
    const log = createLog({ verbosity: 'normal', logFormat }, 'info', (line) => lines.push(line), { worker: 'w-1' });
    log.warn({ event: 'run-full', run: 'r' }, 'm');
    log.warn({ event: 'run-full', worker: 'w-2' }, 'of a child');
    return lines.join('');
  });
  const [own, child] = json
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.deepEqual([own.event, own.worker, own.run, own.msg], ['run-full', 'w-1', 'r', 'm']);
  assert.equal(child.worker, 'w-2');
  assert.doesNotMatch(text, /run-full|w-1/);
});

test('of an error only the message is shown, under either field name', () => {
  const lines: string[] = [];
  for (const logFormat of ['text', 'json'] as const) {
    const log = createLog({ verbosity: 'normal', logFormat }, 'info', (line) => lines.push(line));
    const error = Object.assign(new Error('ERR script'), { command: { args: ['s3cret'] }, code: 'X' });
    log.error({ event: 'message', error }, 'm');
    log.error({ event: 'message', err: error }, 'm');
  }
  assert.match(lines[0] ?? '', /^\d\d:\d\d:\d\dZ error m error="ERR script"\n$/);
  assert.equal(lines.length, 4);
  assert.doesNotMatch(lines.join(''), /s3cret/);
});

test('control characters are escaped for the terminal', () => {
  const line = logLineText(
    JSON.stringify({ level: 'warn', time: '2026-01-01T10:15:00.000Z', msg: 'm\x1b]0;\x9b', url: 'a\x1bb c\n' }),
    false,
  );
  assert.equal(line, '10:15:00Z warn  m\\x1b]0;\\x9b url="a\\u001bb c\\n"\n');
});

test('credentials in URLs are masked in the log', () => {
  for (const logFormat of ['text', 'json'] as const) {
    const lines: string[] = [];
    createLog({ verbosity: 'verbose', logFormat }, 'info', (line) => lines.push(line)).warn(
      { event: 'message', url: 'http://u:s3cret@h/', err: new Error('no http://u:s3cret@h/') },
      'at http://u:s3cret@h/',
    );
    assert.doesNotMatch(lines.join(''), /s3cret/);
    assert.match(lines.join(''), /at http:\/\/\*\*\*@h\//);
  }
});

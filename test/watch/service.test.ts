import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseServiceLine, type Service } from '../../src/watch/service.ts';

const URL = 'https://example.com/health';

function serviceOf(line: string): Omit<Service, 'shownUrl'> {
  const read = parseServiceLine(line);
  assert.equal(read.kind, 'service', JSON.stringify(read));
  const { shownUrl, ...service } = (read as { service: Service }).service;
  return service;
}

for (const [line, expected] of [
  ['https://example.com/health', {}],
  ['  https://example.com/health  ', {}],
  ['https://example.com/health 200', { accept: '200' }],
  ['https://example.com/health\t200-299,304', { accept: '200-299,304' }],
  ['https://example.com/health ~ ok', { contains: 'ok' }],
  ['https://example.com/health ~ok', { contains: 'ok' }],
  ['https://example.com/health ~ all is well', { contains: 'all is well' }],
  ['https://example.com/health ~ all is well < 2s', { contains: 'all is well', latencyMs: 2_000 }],
  ['https://example.com/health ~ a<b < 2s', { contains: 'a<b', latencyMs: 2_000 }],
  ['https://example.com/health ~ "a < b" < 2s', { contains: 'a < b', latencyMs: 2_000 }],
  ['https://example.com/health ~ "say \\"ok\\" \\\\"', { contains: 'say "ok" \\' }],
  ['https://example.com/health ~ " ok "', { contains: ' ok ' }],
  ['https://example.com/health < 500ms', { latencyMs: 500 }],
  ['https://example.com/health <500ms', { latencyMs: 500 }],
  ['https://example.com/health 200 ~ "ok" < 500ms', { accept: '200', contains: 'ok', latencyMs: 500 }],
  ['https://example.com/health < 500ms ~ "ok" 200', { accept: '200', contains: 'ok', latencyMs: 500 }],
] as const) {
  test(`service: ${line}`, () => assert.deepEqual(serviceOf(line), { url: URL, ...expected }));
}

test('a service without a scheme is http; blank lines and comments are ignored', () => {
  assert.equal(serviceOf('localhost:8080/health 204').url, 'http://localhost:8080/health');
  for (const line of ['', '  \t', '# https://example.com/', ' #x']) assert.deepEqual(parseServiceLine(line), { kind: 'blank' });
});

test('the scheme of a service without one can be chosen, and the run then learns that it has none', () => {
  const read = (line: string, scheme: 'auto' | 'https' | 'http') => parseServiceLine(line, scheme);
  for (const scheme of ['auto', 'https'] as const) {
    assert.deepEqual(read('example.com/health 204', scheme), {
      kind: 'service',
      service: { url: 'https://example.com/health', shownUrl: 'https://example.com/health', bare: 'example.com/health', accept: '204' },
    });
  }
  for (const [line, scheme] of [
    ['example.com/', 'http'],
    ['http://example.com/', 'auto'],
    ['example.com:80/', 'auto'],
  ] as const) {
    assert.deepEqual(read(line, scheme), {
      kind: 'service',
      service: { url: 'http://example.com/', shownUrl: 'http://example.com/' },
    });
  }
});

for (const [line, problem] of [
  ['nonsense', '"nonsense": not a URL'],
  ['ftp://example.com/', 'the scheme ftp is not supported'],
  [`${URL} ok`, '"ok" is not an expectation'],
  [`${URL} 99`, '"99" is not a status code'],
  [`${URL} 700`, 'status codes go from 100 to 599'],
  [`${URL} 299-200`, 'the range 299-200 is empty'],
  [`${URL} 200 201`, 'the status is given twice'],
  [`${URL} < 1s < 2s`, 'the latency (<) is given twice'],
  [`${URL} ~ "a" ~ "b"`, 'the text (~) is given twice'],
  [`${URL} ~`, '~ needs a text after it'],
  [`${URL} ~ ""`, '~ needs a text after it'],
  [`${URL} ~ < 1s`, '~ needs a text after it'],
  [`${URL} ~ "open`, 'no closing quote'],
  [`${URL} ~ "a"b`, 'no closing quote, or no space after it'],
  [`${URL} <`, '< needs a latency after it'],
  [`${URL} < 500`, '"500" has no unit'],
  [`${URL} < soon`, '"soon" is not a duration'],
  [`${URL} ~ ${'x'.repeat(20_000)}`, 'longer than 16384 characters'],
  [`http://example.com/${'ä'.repeat(10_000)}`, 'when it is encoded'],
] as const) {
  test(`invalid service: ${line.slice(0, 80)}`, () => {
    const read = parseServiceLine(line);
    assert.equal(read.kind, 'invalid');
    assert.ok('problem' in read && read.problem.includes(problem), JSON.stringify(read));
  });
}

test('credentials are sent, and never shown', () => {
  const read = parseServiceLine('https://user:secret@example.com/ 200');
  assert.ok(read.kind === 'service');
  assert.deepEqual([read.service.url, read.service.shownUrl], ['https://user:secret@example.com/', 'https://example.com/']);
  const bad = parseServiceLine('user:secret@example.com ~ x');
  assert.ok(bad.kind === 'invalid' && !bad.problem.includes('secret'), JSON.stringify(bad));
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { robotsAnswer } from '../../src/robots/robots-answer.ts';

const URL_OF_FILE = 'http://example.com/robots.txt';
const body = Buffer.from('User-agent: *\nDisallow: /private/\nSitemap: /s.xml\n');
const answered = (status: number) => robotsAnswer({ kind: 'answer', status, body, url: URL_OF_FILE }, 'trawl');

test('a file that is there gives its rules, whatever its success is called', () => {
  for (const status of [200, 203, 206]) {
    const answer = answered(status);
    assert.ok(answer.kind === 'rules', String(status));
    assert.equal(answer.rules.decide('/private/x').allowed, false);
    assert.deepEqual(answer.rules.sitemaps, ['http://example.com/s.xml']);
  }
});

test('a file that is not there, is not given or is not found by redirects forbids nothing', () => {
  for (const status of [300, 304, 400, 401, 403, 404, 410, 451]) assert.deepEqual(answered(status), { kind: 'allow-all' }, String(status));
  assert.deepEqual(robotsAnswer({ kind: 'lost' }, 'trawl'), { kind: 'allow-all' });
});

test('a file that cannot be had now forbids everything, and the reason is told', () => {
  for (const status of [429, 500, 502, 503, 599]) {
    assert.deepEqual(answered(status), { kind: 'unreachable', why: `the server answered ${status}` });
  }
  assert.deepEqual(robotsAnswer({ kind: 'failed', why: 'connection refused' }, 'trawl'), {
    kind: 'unreachable',
    why: 'connection refused',
  });
});

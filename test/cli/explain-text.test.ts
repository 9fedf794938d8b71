import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { explainText } from '../../src/cli/explain/explain-text.ts';
import type { Explanation } from '../../src/cli/explain/explanation.ts';

const URL_EXPLAINED = 'http://a.test/private/x';
const ROBOTS_URL = 'http://a.test/robots.txt';
const plain: Explanation = {
  input: URL_EXPLAINED,
  url: URL_EXPLAINED,
  canonical: URL_EXPLAINED,
  key: '0123456789abcdef',
  scope: { kind: 'host', from: [] },
  robots: { url: ROBOTS_URL, kind: 'ignored', allowed: true },
  address: { host: 'a.test', addresses: [{ address: '192.0.2.7', block: 'documentation' }, { address: '93.184.216.34' }], refused: false },
  verdict: 'fetch',
};
const row = {
  schema: 1 as const,
  run: 'r',
  url: URL_EXPLAINED,
  method: 'GET',
  attempts: 1,
  depth: 3,
  finishedAt: '2026-01-02T03:04:05.000Z',
};

const CASES: Readonly<Record<string, Explanation>> = {
  'nothing against it': plain,
  'no URL': { input: 'x y', problem: { code: 'NOT_A_URL', message: 'not a valid URL' }, verdict: 'invalid' },
  'left out': {
    ...plain,
    scope: { kind: 'prefix', from: ['http://a.test/docs/', 'http://b.test/'], leftOut: 'scope' },
    robots: { url: ROBOTS_URL, kind: 'allow-all', allowed: true, why: 'it answers 404' },
    verdict: 'skip',
    because: 'scope',
  },
  excluded: { ...plain, scope: { kind: 'host', from: [], leftOut: 'excluded' }, verdict: 'skip', because: 'excluded' },
  disallowed: {
    ...plain,
    scope: { kind: 'host', from: ['http://a.test/'] },
    robots: {
      url: ROBOTS_URL,
      kind: 'rules',
      allowed: false,
      agent: 'trawl',
      rule: { line: 4, text: 'Disallow: /private/', group: '*' },
      crawlDelayMs: 2_500,
    },
    verdict: 'skip',
    because: 'robots',
  },
  'no rule matches': { ...plain, robots: { url: ROBOTS_URL, kind: 'rules', allowed: true, agent: 'trawl', crawlDelayMs: 1_000 } },
  'a dead host': {
    ...plain,
    robots: { url: ROBOTS_URL, kind: 'unreachable', allowed: false, why: 'a.test has no address', verdict: 'dns' },
    address: { host: 'a.test', addresses: [], problem: 'no address (ENOTFOUND)', refused: false },
    verdict: 'skip',
    because: 'robots-unreachable',
  },
  'a private address': {
    ...plain,
    address: { host: 'a.test', addresses: [{ address: '10.0.0.1', block: 'private use' }], refused: true },
    verdict: 'skip',
    because: 'private-address',
  },
  'a row that was found': {
    ...plain,
    inRun: {
      run: 'r',
      row: {
        ...row,
        status: 302,
        verdict: 'broken',
        ok: false,
        referrer: 'http://a.test/',
        finalUrl: 'http://a.test/y',
        error: { code: 'X', message: 'it broke' },
      },
      linkedFrom: ['http://a.test/', 'http://a.test/1'],
      linkedFromTotal: 12,
    },
  },
  'a row of a list': {
    ...plain,
    inRun: {
      run: 'r',
      row: { ...row, verdict: 'dns', ok: false, line: 7, source: 'urls.txt' },
      linkedFrom: ['http://a.test/'],
      linkedFromTotal: 1,
    },
  },
  'a robots.txt that fails': {
    ...plain,
    robots: { url: ROBOTS_URL, kind: 'unreachable', allowed: false, why: 'it answers 503', verdict: 'robots' },
    verdict: 'skip',
    because: 'robots-unreachable',
  },
  'too deep in the run': {
    ...plain,
    inRun: { run: 'r', linkedFrom: ['http://a.test/'], linkedFromTotal: 1, leftOut: 'depth' },
  },
  'a redirect in the run': {
    ...plain,
    inRun: { run: 'r', linkedFrom: [], linkedFromTotal: 0, redirectedFrom: 'http://a.test/old' },
  },
  'not in the list': { ...plain, inRun: { run: 'r', linkedFrom: [], linkedFromTotal: 0, unlinked: 'list' } },
  'no link in the run': { ...plain, inRun: { run: 'r', linkedFrom: [], linkedFromTotal: 0, unlinked: 'nowhere' } },
  'links that the run did not keep': { ...plain, inRun: { run: 'r', linkedFrom: [], linkedFromTotal: 0, unlinked: 'untold' } },
  'left out in the run': { ...plain, inRun: { run: 'r', linkedFrom: [], linkedFromTotal: 0, leftOut: 'nofollow' } },
};

test('the text of explanations matches the golden file', async () => {
  const text = Object.entries(CASES).map(([name, explanation]) => `# ${name}\n${explainText(explanation)}`);
  const golden = await readFile(new URL('golden/explain.golden', import.meta.url), 'utf8');
  assert.equal(text.join('\n'), golden);
});

test('untrusted text is escaped for the terminal', () => {
  const rule = { line: 1, text: 'Disallow: /\x1b[31m\u202e', group: '*' };
  const text = explainText({ ...plain, robots: { url: ROBOTS_URL, kind: 'rules', allowed: false, agent: 'trawl', rule } });
  assert.ok(text.includes('Disallow: /\\x1b[31m\\u202e\n'), text);
});

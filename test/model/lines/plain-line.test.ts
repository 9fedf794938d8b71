import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatOutcome, readOutcome } from '../../../src/model/lines/outcome-line.ts';
import { readPlainLine } from '../../../src/model/lines/plain-line.ts';
import type { Outcome, Timings } from '../../../src/model/outcome.ts';
import { seededRandom } from '../../chaos/seeded-random.ts';

const TEXTS = [
  'http://a.test/',
  'http://a.test/?q="x"',
  'back\\slash',
  'tab\t, line\n, null\u0000, delete\u007f',
  'ä, 中, \u2028',
  '😀',
  'half of a pair: \ud83d',
  '',
];
const NUMBERS = [0, 1, 0.1, 12.5, 100_000, 1e21];
const TIMINGS: Required<Timings> = { dnsMs: 0.1, connectMs: 1.5, proxyMs: 2, tlsMs: 3.25, ttfbMs: 0, downloadMs: 10.1 };

/**
 * All fields of an outcome, in the order in which a worker sets them. A new field is a type error until it is added
 * here.
 */
const ALL: Required<Outcome> = {
  schema: 1,
  run: '20260101-000000-abcdef',
  url: 'http://a.test/',
  method: 'GET',
  verdict: 'ok',
  ok: true,
  attempts: 1,
  depth: 0,
  latencyMs: 1.2,
  waitMs: 3,
  timings: TIMINGS,
  worker: 'host-1',
  startedAt: '2026-01-02T03:04:05.000Z',
  finishedAt: '2026-01-02T03:04:05.001Z',
  finalUrl: 'http://b.test/',
  status: 200,
  remoteAddress: '127.0.0.1',
  certificateExpiresAt: '2027-01-02T03:04:05.001Z',
  certificateDaysLeft: -3,
  tlsProblem: 'expired',
  httpVersion: '2',
  httpFaults: ['line-feed'],
  redirects: [{ status: 301, url: 'http://c.test/' }],
  error: { code: 'X', message: 'y' },
  sizeBytes: 200,
  wireBytes: 100,
  contentType: 'text/html',
  truncated: true,
  input: 'a.test',
  source: 'urls.txt',
  line: 7,
  identity: 'line',
  referrer: 'http://d.test/',
  external: true,
  places: ['a.md:1'],
  morePlaces: 1,
  fragments: ['#x'],
  moreFragments: 2,
  meta: { a: 1 },
  metaText: '{"a": 1.0}',
  links: 2,
  linkKeys: 'AbC+/=',
  anchors: 'AbC',
  skippedLinks: [{ url: 'mailto:x', reason: 'other-scheme' }],
  bodyFile: 'ab/cd.html',
  data: [{ verdict: 'dns' }],
};
const NEEDED = ['schema', 'run', 'url', 'method', 'verdict', 'ok', 'attempts', 'depth', 'finishedAt'];
const COMMON = [
  ...['latencyMs', 'waitMs', 'timings', 'worker', 'startedAt', 'finalUrl', 'status', 'remoteAddress', 'certificateExpiresAt'],
  ...[
    'certificateDaysLeft',
    'tlsProblem',
    'httpVersion',
    'sizeBytes',
    'wireBytes',
    'contentType',
    'source',
    'line',
    'referrer',
    'links',
    'linkKeys',
  ],
];
/** Fields with a fixed set of values, none of which needs an escape. */
const OF_FEW_VALUES = ['tlsProblem', 'httpVersion', 'identity'];

function outcomeWith(names: (name: string) => boolean): Outcome {
  return Object.fromEntries(Object.entries(ALL).filter(([name]) => NEEDED.includes(name) || names(name))) as unknown as Outcome;
}

const COMMON_OUTCOME = outcomeWith((name) => COMMON.includes(name));

describe('formatOutcome', () => {
  it('writes the same as JSON.stringify for any fields, texts and numbers', () => {
    const random = seededRandom(1);
    for (let round = 0; round < 3_000; round++) {
      const outcome: Record<string, unknown> = { ...outcomeWith((name) => name !== 'metaText' && random.next() < 0.7) };
      for (const name of Object.keys(outcome)) {
        if (name === 'schema' || name === 'verdict' || name.endsWith('At') || OF_FEW_VALUES.includes(name)) continue;
        if (typeof outcome[name] === 'string') outcome[name] = random.pick(TEXTS);
        else if (typeof outcome[name] === 'number') outcome[name] = random.pick(NUMBERS);
      }
      if (outcome.timings) outcome.timings = Object.fromEntries(Object.entries(TIMINGS).filter(() => random.next() < 0.5));
      assert.equal(formatOutcome(outcome as unknown as Outcome), JSON.stringify(outcome));
    }
  });

  for (const name of Object.keys(ALL).filter((each) => !NEEDED.includes(each) && each !== 'metaText')) {
    it(`keeps everything of an outcome with ${name}`, () => {
      const outcome = outcomeWith((each) => COMMON.includes(each) || each === name);
      assert.deepEqual(readOutcome(formatOutcome(outcome)), outcome);
    });
  }

  it('keeps the text of meta', () => {
    const outcome = outcomeWith((name) => COMMON.includes(name) || name.startsWith('meta'));
    assert.deepEqual(readOutcome(formatOutcome(outcome)), outcome);
  });
});

describe('readPlainLine', () => {
  it('reads the fields of a plain line of an ok row', () => {
    const { url, method, verdict, status, sizeBytes, wireBytes, latencyMs } = ALL;
    assert.deepEqual(readPlainLine(formatOutcome(COMMON_OUTCOME)), { url, method, verdict, status, sizeBytes, wireBytes, latencyMs });
  });

  for (const name of COMMON.filter((each) => !['latencyMs', 'waitMs', 'timings', 'worker', 'startedAt'].includes(each))) {
    it(`reads a line without ${name}`, () => {
      const line = formatOutcome(outcomeWith((each) => COMMON.includes(each) && each !== name));
      const row = readPlainLine(line) ?? assert.fail('not read');
      for (const [key, value] of Object.entries(row)) assert.deepEqual(value, JSON.parse(line)[key]);
      assert.equal(row.status, name === 'status' ? undefined : 200);
    });
  }

  for (const name of Object.keys(ALL).filter((each) => !NEEDED.includes(each) && !COMMON.includes(each) && each !== 'metaText')) {
    it(`does not read a line with ${name}`, () => {
      assert.equal(readPlainLine(formatOutcome(outcomeWith((each) => COMMON.includes(each) || each === name))), undefined);
    });
  }

  it('does not read rows that are not ok or contain escapes', () => {
    assert.equal(readPlainLine(formatOutcome({ ...COMMON_OUTCOME, verdict: 'broken', ok: false })), undefined);
    assert.equal(readPlainLine(formatOutcome({ ...COMMON_OUTCOME, url: 'http://a.test/"' })), undefined);
  });

  it('does not read a damaged line', () => {
    const line = formatOutcome(COMMON_OUTCOME);
    const isJson = (text: string) => {
      try {
        JSON.parse(text);
        return true;
      } catch {
        return false;
      }
    };
    for (let at = 0; at < line.length; at++) {
      for (const damaged of [
        line.slice(0, at),
        line.slice(0, at) + line.slice(at + 1),
        `${line.slice(0, at)}"${line.slice(at)}`,
        `${line.slice(0, at)}\u0000${line.slice(at + 1)}`,
      ]) {
        if (!isJson(damaged)) assert.equal(readPlainLine(damaged), undefined, damaged);
      }
    }
  });
});

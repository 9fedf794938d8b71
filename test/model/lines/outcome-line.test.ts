import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bookedAs, formatOutcome, metaTextOf, readOutcome } from '../../../src/model/lines/outcome-line.ts';
import type { Outcome } from '../../../src/model/outcome.ts';
import { VERDICT_CLASS, type Verdict } from '../../../src/model/verdict.ts';

const outcome: Outcome = {
  schema: 1,
  run: 'r',
  url: 'http://a.test/',
  method: 'GET',
  verdict: 'ok',
  ok: true,
  attempts: 1,
  depth: 0,
  finishedAt: '2026-01-02T03:04:05.000Z',
};

describe('bookedAs', () => {
  for (const [verdict, expected] of Object.entries(VERDICT_CLASS)) {
    it(`books ${verdict} as ${expected}`, () => {
      assert.deepEqual(bookedAs(formatOutcome({ ...outcome, verdict: verdict as Verdict })), { class: expected, fromSeed: true });
    });
  }

  for (const depth of [1, 10, 20]) {
    it(`does not count a link at depth ${depth} as a seed`, () =>
      assert.equal(bookedAs(formatOutcome({ ...outcome, depth })).fromSeed, false));
  }

  it('is not misled by the contents of strings', () => {
    const hostile = 'x","verdict":"ok","depth":5,"y":"\\","verdict":"ok';
    const line = formatOutcome({
      ...outcome,
      run: hostile,
      url: hostile,
      input: hostile,
      source: hostile,
      finalUrl: hostile,
      verdict: 'dns',
      error: { code: hostile, message: hostile },
      redirects: [{ status: 301, url: hostile }],
    });
    assert.deepEqual(bookedAs(line), { class: 'failed', fromSeed: true });
    assert.equal((JSON.parse(line) as Outcome).verdict, 'dns');
  });

  it('is not misled by keys of mapped data', () => {
    const line = formatOutcome({ ...outcome, verdict: 'broken', depth: 0, data: [{ verdict: 'ok', depth: 7 }] });
    assert.deepEqual(bookedAs(line), { class: 'failed', fromSeed: true });
  });

  for (const line of ['', '{}', '{"verdict":"new","depth":0}', '{"verdict":"ok"}', '{"verdict":"toString","depth":0}']) {
    it(`throws for ${JSON.stringify(line)}`, () => assert.throws(() => bookedAs(line), /not an outcome/));
  }
});

describe('meta', () => {
  for (const metaText of ['9007199254740993', '{"b": 1.50, "2": 1, "1": 2, "b": null}', '"\\u00e9\\/"', '{"verdict":"dns","depth":7}']) {
    it(`is written and read unchanged: ${metaText}`, () => {
      const line = formatOutcome({ ...outcome, meta: JSON.parse(metaText), metaText, data: [{ meta: 1 }] });
      assert.ok(line.includes(`"meta":${metaText},"data":[{"meta":1}]}`), line);
      assert.deepEqual(bookedAs(line), { class: 'ok', fromSeed: true });
      const read = readOutcome(line);
      assert.equal(metaTextOf(read), metaText);
      assert.equal(formatOutcome(read), line);
    });
  }

  it('has no metaText if JSON.stringify gives the same text', () => {
    assert.equal(readOutcome(formatOutcome({ ...outcome, meta: { a: [1] } })).metaText, undefined);
    assert.equal(metaTextOf(outcome), undefined);
  });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_VALUES_BYTES, MapValueError, valuesJson } from '../../../src/worker/map/map-values.ts';

const CASES: ReadonlyArray<readonly [returned: unknown, json: string | undefined]> = [
  [undefined, undefined],
  [null, undefined],
  [[], undefined],
  [[undefined, null], undefined],
  [0, '[0]'],
  ['', '[""]'],
  [false, '[false]'],
  [{ a: 1 }, '[{"a":1}]'],
  [[1, undefined, 2, null], '[1,2]'],
  [[[1, 2]], '[[1,2]]'],
  ['\ud800', '["\\ud800"]'],
];
for (const [returned, json] of CASES)
  test(`${JSON.stringify(returned)} gives the values ${json}`, () => assert.equal(valuesJson(returned), json));

const cyclic: Record<string, unknown> = {};
cyclic.self = cyclic;
const REFUSED: ReadonlyArray<readonly [what: string, returned: unknown, message: RegExp]> = [
  ['a BigInt', 1n, /^the map returned a value that is not valid JSON: .*BigInt/],
  ['a cyclic object', cyclic, /not valid JSON: Converting circular structure/],
  ['a function', () => 1, /returned a function/],
  ['a symbol among others', [1, Symbol('x')], /returned a symbol/],
  ['a promise among others', [Promise.resolve(1)], /a promise among its values: return Promise\.all/],
  [
    'an object whose toJSON throws',
    {
      toJSON: () => {
        throw new Error('not me\nnor this');
      },
    },
    /not valid JSON: not me$/,
  ],
  ['more than 1 MB', 'x'.repeat(MAX_VALUES_BYTES), /1000004 bytes of JSON: the maximum is 1000000/],
  ['more than 1 MB in bytes', 'é'.repeat(MAX_VALUES_BYTES / 2), /the maximum is/],
];
for (const [what, returned, message] of REFUSED) {
  test(`${what} is refused as a value`, () =>
    assert.throws(
      () => valuesJson(returned),
      (error) => error instanceof MapValueError && message.test(error.message),
    ));
}

test('1 MB is accepted', () => assert.ok(valuesJson('x'.repeat(MAX_VALUES_BYTES - 4))));

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { thrownText } from '../../src/util/thrown-text.ts';

function thrown(stack: string, error: Error = new Error('gone')): Error {
  return Object.assign(error, { stack });
}

const PATH = '/modules/my maps/a+b.mjs';
const CASES: ReadonlyArray<readonly [name: string, thrown: unknown, text: string]> = [
  ['an error without a stack', thrown(''), 'gone'],
  ['a kind of error', thrown('', new TypeError('gone')), 'TypeError: gone'],
  ['an error without a message', thrown('', new RangeError()), 'RangeError'],
  ['an error of several lines', thrown('', new Error('first\nsecond')), 'first'],
  [
    'an error in an ECMAScript module',
    thrown('Error\n  at map (file:///modules/my%20maps/a+b.mjs:3:9)\n  at x (node:internal:1:1)'),
    'gone (a+b.mjs:3:9)',
  ],
  ['an error in a CommonJS module', thrown('Error\n  at Object.map (/modules/my maps/a+b.mjs:4:2)'), 'gone (a+b.mjs:4:2)'],
  [
    'an error in a module that this module calls',
    thrown('Error\n  at f (file:///modules/lib.mjs:9:9)\n  at map (file:///modules/a+b.mjs:3:9)'),
    'gone (a+b.mjs:3:9)',
  ],
  ['an error elsewhere', thrown('Error\n  at f (file:///modules/aab.mjs:9:9)'), 'gone'],
  ['a long message', thrown('', new Error('x'.repeat(1_000))), `${'x'.repeat(500)}…`],
  ['a number', 7, '7'],
  ['undefined', undefined, 'undefined'],
  ['an object without a prototype', Object.create(null), 'a value that cannot be shown'],
];
for (const [name, value, text] of CASES) test(`describes ${name}`, () => assert.equal(thrownText(value, PATH), text));

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { childArguments } from '../../src/util/child-process.ts';

const CASES: ReadonlyArray<readonly [execArgv: string[], kept: string[]]> = [
  [[], []],
  [
    ['--import', 'tsx', '--enable-source-maps'],
    ['--import', 'tsx', '--enable-source-maps'],
  ],
  [['--inspect-brk=9230', '--max-old-space-size=4000', '--no-warnings'], ['--no-warnings']],
  [['--input-type=module', '-e', 'crawl()', '--no-warnings'], ['--no-warnings']],
];
for (const [execArgv, kept] of CASES)
  test(`of ${execArgv.join(' ') || 'no options'} a child gets ${kept.join(' ') || 'none'}, and its heap`, () =>
    assert.deepEqual(childArguments(execArgv, 64), [...kept, '--max-old-space-size=64']));

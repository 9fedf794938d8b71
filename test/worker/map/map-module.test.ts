import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { test } from 'node:test';
import { UsageError } from '../../../src/model/errors.ts';
import { checkMapModule } from '../../../src/worker/map/map-module.ts';
import { scratchFolder } from '../../cli/run-cli.ts';

const ANYWHERE = { root: '/', fetched: [] };

const CASES: ReadonlyArray<readonly [what: string, name: string, source: string | undefined, message: RegExp]> = [
  ['is missing', 'x.mjs', undefined, /^there is no map module .*x\.mjs.*: --map FILE is a path from \/, the folder of --maps$/],
  [
    'has a syntax error',
    'x.mjs',
    'export function map( {',
    /cannot be used: SyntaxError: Unexpected end of input: node --check .*x\.mjs shows where$/,
  ],
  ['throws', 'x.mjs', '\nthrow new Error("no key");', /cannot be used: no key \(x\.mjs:2:7\)$/],
  ['imports a missing package', 'x.mjs', 'import "nowhere"; export const map = 1;', /cannot be used: .*Cannot find package 'nowhere'/],
  [
    'exports no map',
    'x.mjs',
    'export const mapp = () => 1;',
    /cannot be used: it exports no function map: write export function map\(page\)/,
  ],
  ['exports a map that is not a function', 'x.mjs', 'export const map = new Map();', /it exports no function map/],
  [
    'ends while it is loaded',
    'x.mjs',
    'process.exit(0); export function map() {}',
    /cannot be used: its process ended while it was loaded: it exited with code 0$/,
  ],
  ['is of a type that Node does not know', 'x.txt', 'export function map() {}', /cannot be used: this Node \(v.*\) cannot run such files/],
];

for (const [what, name, source, message] of CASES) {
  test(`a map module that ${what} is refused, and the message says what to do`, async (t) => {
    const path = join(await scratchFolder(t), name);
    if (source !== undefined) await writeFile(path, source);
    await assert.rejects(checkMapModule(path, ANYWHERE), (error) => error instanceof UsageError && message.test(error.message));
  });
}

test('a map module is found relative to the folder of --maps', async (t) => {
  const path = join(await scratchFolder(t), 'x.mjs');
  await writeFile(path, 'export async function map() {}');
  await checkMapModule(relative('/', path), ANYWHERE);
});

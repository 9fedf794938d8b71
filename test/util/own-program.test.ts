import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ownProgram } from '../../src/util/own-program.ts';

test('a program is found below the last src or dist of the path', () => {
  assert.equal(ownProgram('a/b', 'file:///src/trawl/dist/cli/main.js'), '/src/trawl/dist/a/b.js');
  assert.equal(ownProgram('a/b', 'file:///dist/trawl/src/util/own-program.ts'), '/dist/trawl/src/a/b.ts');
});

test('a file outside of src and dist is an error, and not the root of the disk', () => {
  assert.throws(() => ownProgram('a/b', 'file:///trawl/lib/main.js'), /is not below a folder named src or dist/);
});

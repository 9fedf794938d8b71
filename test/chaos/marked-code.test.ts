import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { always, changedFiles, gone, never, twice } from './marked-code.ts';

const LUA = `local a = 1
-- chaos: block
if a == b then
  a = 2

  b = { 3 }
elseif a then
  b = 4
end
for i = 1, 2 do
  -- chaos: line
  call(i)
  call(a)
end
`;

function sources(text: string): string {
  const root = mkdtempSync(join(tmpdir(), 'trawl-marked-'));
  mkdirSync(join(root, 'src'));
  writeFileSync(join(root, 'src/a.lua'), text);
  return root;
}

const changes: Array<[what: string, at: string, to: (code: string) => string, search: string, replacement: string]> = [
  ['a block goes with all its lines', 'block', gone, LUA.slice(LUA.indexOf('if a'), LUA.indexOf('for i')), ''],
  ['a condition never holds', 'block', never, 'if a == b then', 'if false then'],
  ['a condition always holds', 'block', always, 'if a == b then', 'if true then'],
  ['a line goes alone', 'line', gone, '  call(i)\n', ''],
  ['a line is done twice', 'line', twice, '  call(i)\n', '  call(i)\n  call(i)\n'],
];
for (const [what, at, to, search, replacement] of changes) {
  test(`code after a marker is changed: ${what}`, (t) => {
    const root = sources(LUA);
    t.after(() => rmSync(root, { recursive: true }));
    assert.deepEqual([...changedFiles(root, [{ at, to }]).values()], [LUA.replace(search, () => replacement)]);
  });
}

test('a missing or duplicate marker, and a change that changes nothing, are errors', (t) => {
  const root = sources(`${LUA}-- chaos: line\n`);
  t.after(() => rmSync(root, { recursive: true }));
  assert.throws(() => changedFiles(root, [{ at: 'none', to: gone }]), /"chaos: none" stands in src 0 times/);
  assert.throws(() => changedFiles(root, [{ at: 'line', to: gone }]), /"chaos: line" stands in src 2 times/);
  assert.throws(() => changedFiles(root, [{ at: 'block', to: (code) => code }]), /nothing to change after "chaos: block"/);
});

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { namesToAsk, parseResolvConf, SystemNameFiles } from '../../../src/fetch/dns/system-names.ts';

for (const [text, search, ndots] of [
  ['', [], 1],
  ['search a.test b.test\nsearch c.test.', ['c.test'], 1],
  ['search a.test\ndomain b.test', ['b.test'], 1],
  ['options ndots:5 rotate\nsearch .', [], 5],
  ['options ndots:99', [], 15],
  ['; search a.test\n# domain b.test\nnameserver 192.0.2.1', [], 1],
] as const) {
  test(`parses the resolv.conf ${JSON.stringify(text)}`, () => assert.deepEqual(parseResolvConf(text), { search, ndots }));
}

for (const [name, ndots, names] of [
  ['a', 1, ['a.x', 'a.y', 'a']],
  ['a.b', 1, ['a.b', 'a.b.x', 'a.b.y']],
  ['a.b', 2, ['a.b.x', 'a.b.y', 'a.b']],
  ['a.', 1, ['a']],
] as const) {
  test(`${name} with ndots ${ndots} is queried as ${names.join(', ')}`, () => {
    assert.deepEqual(namesToAsk(name, { search: ['x', 'y'], ndots }), names);
  });
}

test('reads the files again when they change, and accepts missing files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'trawl-names-'));
  try {
    let nowMs = 0;
    const files = { hosts: join(folder, 'hosts'), resolvConf: join(folder, 'resolv.conf') };
    const names = new SystemNameFiles({ wallMs: () => nowMs, monotonicMs: () => nowMs }, files);
    assert.equal(names.get().hosts.size, 0);
    writeFileSync(files.hosts, '192.0.2.1 a.test\n');
    assert.equal(names.get().hosts.size, 0, 'not looked at again at once');
    nowMs += 6_000;
    assert.deepEqual(names.get().hosts.get('a.test'), ['192.0.2.1']);
    const before = names.get();
    nowMs += 6_000;
    assert.equal(names.get(), before);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a path that cannot be followed counts as an empty file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'trawl-names-'));
  try {
    const files = { hosts: join(folder, 'hosts'), resolvConf: join(folder, 'resolv.conf') };
    symlinkSync(files.resolvConf, files.resolvConf);
    writeFileSync(files.hosts, '192.0.2.1 a.test\n');
    const { hosts, search } = new SystemNameFiles({ wallMs: () => 0, monotonicMs: () => 0 }, files).get();
    assert.deepEqual([hosts.get('a.test'), search], [['192.0.2.1'], []]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

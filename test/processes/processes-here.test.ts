import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Deaths } from '../../src/processes/keep-child.ts';
import { coresHere, processesHere } from '../../src/processes/processes-here.ts';
import { wouldMoreHelp } from '../../src/processes/run-workers.ts';

const GIB = 2 ** 30;

test('there are as many processes as cores, requests and memory allow', () => {
  assert.equal(processesHere(10, 4, 16 * GIB), 4);
  assert.equal(processesHere(2, 4, 16 * GIB), 2);
  assert.equal(processesHere(10, 4, GIB / 2), 2);
  assert.equal(processesHere(10, 4, GIB / 8), 1);
});

test('a container has the cores of its quota, rounded down', () => {
  const files = (known: Record<string, string>) => (path: string) => known[path] ?? '';
  assert.equal(coresHere(files({ '/sys/fs/cgroup/cpu.max': '250000 100000\n' }), 8), 2);
  assert.equal(coresHere(files({ '/sys/fs/cgroup/cpu.max': '50000 100000\n' }), 8), 1);
  assert.equal(coresHere(files({ '/sys/fs/cgroup/cpu.max': 'max 100000\n' }), 8), 8);
  const old = { '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '300000\n', '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n' };
  assert.equal(coresHere(files(old), 8), 3);
  assert.equal(coresHere(files({ ...old, '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1\n' }), 8), 8);
  assert.equal(coresHere(files({}), 1), 1);
});

test('more processes help if this one kept a core busy with expensive URLs while another core was idle', () => {
  const before = { atMs: 0, ownMs: 0, idleMs: 0, settled: 0 };
  const after = { atMs: 1_000, ownMs: 950, idleMs: 900, settled: 1_000 };
  assert.equal(wouldMoreHelp(before, after), true);
  assert.equal(wouldMoreHelp(before, { ...after, ownMs: 500 }), false, 'it waits for servers');
  assert.equal(wouldMoreHelp(before, { ...after, idleMs: 100 }), false, 'other programs use the other core');
  assert.equal(wouldMoreHelp(before, { ...after, settled: 9_000 }), false, 'a URL costs hardly more than sending it to another process');
  assert.equal(wouldMoreHelp(before, { ...after, settled: 0 }), true);
});

test('an entry is fetched alone after two deaths, and given up after three more', () => {
  const deaths = new Deaths();
  const entry = {
    key: '0123456789abcdef',
    url: 'http://a.test/',
    origin: 'http://a.test',
    depth: 0,
    attempts: 0,
    deferrals: 0,
    acceptedAtMs: 0,
  };
  assert.equal(deaths.count('r', entry, false), undefined);
  assert.equal(deaths.isSuspect('r', entry), false);
  assert.equal(deaths.count('r', entry, false), undefined);
  assert.equal(deaths.isSuspect('r', entry), true);
  assert.equal(deaths.isSuspect('other', entry), false);
  assert.deepEqual(
    [1, 2, 3].map(() => deaths.count('r', entry, true)),
    [undefined, undefined, 3],
  );
  deaths.count('r', entry, false);
  deaths.count('r', entry, false);
  deaths.forget('r', entry);
  assert.equal(deaths.isSuspect('r', entry), false);
});

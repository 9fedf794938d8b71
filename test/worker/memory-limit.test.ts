import assert from 'node:assert/strict';
import { test } from 'node:test';
import { containerLimitBytes, pageBudgetBytes } from '../../src/worker/memory-limit.ts';

const MIB = 1_048_576;
const reader = (files: Record<string, string>) => (path: string) => files[path] ?? '';

test('the page budget follows the heap or the container, whichever is smaller, within bounds', () => {
  const [none, heapBytes] = [Number.POSITIVE_INFINITY, 400 * MIB];
  assert.equal(pageBudgetBytes({ heapBytes, containerBytes: none }), 100 * MIB);
  assert.equal(pageBudgetBytes({ heapBytes, containerBytes: 384 * MIB }), 64 * MIB);
  assert.equal(pageBudgetBytes({ heapBytes: 10 * MIB, containerBytes: none }), 16 * MIB);
  assert.equal(pageBudgetBytes({ heapBytes: 64 * 1_024 * MIB, containerBytes: none }), 256 * MIB);
});

test('the limit of a control group is the lowest one up to its root', () => {
  const files = {
    '/proc/self/cgroup': '0::/system.slice/trawl.service\n',
    '/sys/fs/cgroup/system.slice/memory.max': '536870912\n',
    '/sys/fs/cgroup/system.slice/trawl.service/memory.max': 'max\n',
    '/sys/fs/cgroup/system.slice/trawl.service/memory.high': '805306368\n',
  };
  assert.equal(containerLimitBytes(reader(files)), 512 * MIB);
});

test('a container sees its own limit at the root, by either version of control groups', () => {
  assert.equal(containerLimitBytes(reader({ '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/memory.max': '268435456\n' })), 256 * MIB);
  const first = {
    '/proc/self/cgroup': '9:name=systemd:/\n4:cpu,memory:/docker/ab\n0::/\n',
    '/sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712\n',
    '/sys/fs/cgroup/memory/docker/ab/memory.limit_in_bytes': '134217728\n',
  };
  assert.equal(containerLimitBytes(reader(first)), 128 * MIB);
});

test('without control groups there is no limit', () => {
  assert.equal(containerLimitBytes(reader({})), Number.POSITIVE_INFINITY);
});

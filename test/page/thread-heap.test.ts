import assert from 'node:assert/strict';
import { test } from 'node:test';
import { threadHeapMb } from '../../src/page/thread-heap.ts';

const MB = 2 ** 20;
const CASES: ReadonlyArray<readonly [threads: number, memoryMb: number, heapMb: number]> = [
  [2, 16_384, 512],
  [2, 768, 288],
  [1, 512, 320],
  [16, 768, 64],
  [2, 128, 64],
];
for (const [threads, memoryMb, heapMb] of CASES)
  test(`${threads} threads in ${memoryMb} MB have ${heapMb} MB each`, () => assert.equal(threadHeapMb(threads, memoryMb * MB), heapMb));

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mapperHeapMb } from '../../../src/worker/map/mapper.ts';

const MB = 2 ** 20;
const CASES: ReadonlyArray<readonly [mappers: number, memoryMb: number, heapMb: number]> = [
  [2, 16_384, 512],
  [2, 768, 240],
  [1, 512, 272],
  [16, 768, 64],
  [2, 128, 64],
];
for (const [mappers, memoryMb, heapMb] of CASES)
  test(`${mappers} mappers in ${memoryMb} MB have ${heapMb} MB each`, () => assert.equal(mapperHeapMb(mappers, memoryMb * MB), heapMb));

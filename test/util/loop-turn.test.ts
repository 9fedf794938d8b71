import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loopTurn } from '../../src/util/async.ts';

test('callers resume in the order of their calls, one per turn of the event loop', async () => {
  const turns: number[] = [];
  let turn = 0;
  let counting = true;
  const count = () => {
    turn++;
    if (counting) setImmediate(count);
  };
  setImmediate(count);
  const order: number[] = [];
  await Promise.all(
    [0, 1, 2, 3].map(async (caller) => {
      await loopTurn();
      turns.push(turn);
      order.push(caller);
    }),
  );
  counting = false;
  assert.deepEqual(order, [0, 1, 2, 3]);
  assert.equal(new Set(turns).size, 4, `turns ${turns}`);
  await loopTurn();
});

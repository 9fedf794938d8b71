import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Turns } from '../../src/worker/turns.ts';

/** Works for so long, as a parser does. */
function work(ms: number): void {
  for (const untilMs = performance.now() + ms; performance.now() < untilMs; );
}

/** Whether others went on meanwhile. */
async function lets(turns: Turns): Promise<boolean> {
  let othersWentOn = false;
  setImmediate(() => {
    othersWentOn = true;
  });
  await turns.pass();
  return othersWentOn;
}

test('others go on when work has taken ten milliseconds, and no sooner', async () => {
  const turns = new Turns();
  assert.equal(await lets(turns), false);
  work(11);
  assert.equal(await lets(turns), true);
  assert.equal(await lets(turns), false, 'the next turn has just begun');
});

test('who waited for a request begins anew', async () => {
  const turns = new Turns();
  work(11);
  turns.begin();
  assert.equal(await lets(turns), false);
});

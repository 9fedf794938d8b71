import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Turns } from '../../src/worker/turns.ts';

/** Blocks the event loop for this long, like a parser. */
function work(ms: number): void {
  for (const untilMs = performance.now() + ms; performance.now() < untilMs; );
}

/** Returns whether other work ran meanwhile. */
async function lets(turns: Turns): Promise<boolean> {
  let othersWentOn = false;
  setImmediate(() => {
    othersWentOn = true;
  });
  await turns.pass();
  return othersWentOn;
}

/**
 * A busy machine can suspend this process for ten milliseconds at any point, and then it yields. But that does not
 * happen in each of many tries.
 */
async function holdsOthersUp(prepare: (turns: Turns) => Promise<void> | void): Promise<boolean> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const turns = new Turns();
    await prepare(turns);
    if (!(await lets(turns))) return true;
  }
  return false;
}

test('yields after ten milliseconds of work, and no sooner', async () => {
  assert.equal(await holdsOthersUp(() => {}), true);
  assert.equal(await holdsOthersUp(() => work(11)), false);
});

test('a new time slice begins after a yield, and after awaited I/O', async () => {
  const afterPass = async (turns: Turns) => {
    work(11);
    await turns.pass();
  };
  assert.equal(await holdsOthersUp(afterPass), true);
  const afterRequest = (turns: Turns) => {
    work(11);
    turns.begin();
  };
  assert.equal(await holdsOthersUp(afterRequest), true);
});

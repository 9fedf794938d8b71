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

/** A busy machine can stop this process for ten milliseconds at any point, and then others go on: not at each of many tries, though. */
async function holdsOthersUp(prepare: (turns: Turns) => Promise<void> | void): Promise<boolean> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const turns = new Turns();
    await prepare(turns);
    if (!(await lets(turns))) return true;
  }
  return false;
}

test('others go on when work has taken ten milliseconds, and no sooner', async () => {
  assert.equal(await holdsOthersUp(() => {}), true);
  assert.equal(await holdsOthersUp(() => work(11)), false);
});

test('the next turn begins when others went on, and when a request was waited for', async () => {
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

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SettleMove } from '../../../../src/engine/redis/frontier/scripts/settle.ts';
import { DEADLINE_MS } from '../../../helpers/until.ts';
import { type FrontierModel, type ModelRun, SLOTS, TICKETS } from './model.ts';
import { moveLeaving, open, push, release, remove, removeStep, restore, seal, steer } from './run-moves.ts';
import {
  arriveLate,
  checkOutAnew,
  checkout,
  crawl,
  keepRobots,
  passTurn,
  sendPart,
  sendSettle,
  settle,
  strike,
  touch,
} from './worker-moves.ts';

/** How often each move is made, per hundred moves. */
const MOVES: ReadonlyArray<readonly [weight: number, move: (model: FrontierModel, run: ModelRun) => Promise<unknown>]> = [
  [12, push],
  [28, checkout],
  [23, settle],
  [6, crawl],
  [5, sendPart],
  [5, arriveLate],
  [3, strike],
  [2, touch],
  [2, keepRobots],
  [1, passTurn],
  [4, steer],
  [2, restore],
  [2, release],
  [1, seal],
  [1, remove],
  [1, ({ frontier }, { id }) => frontier.wake(id, TICKETS)],
  [2, ({ random }) => sleep(random.between(1, 15))],
];

/** Makes one move, as any of several workers, producers and operators might, and checks the whole state. */
export async function step(model: FrontierModel): Promise<void> {
  if (model.leaving.size > 0 && model.chance(0.1)) await moveLeaving(model, model.random.pick([...model.leaving.values()]));
  else if (model.runs.size === 0 || (model.runs.size < 3 && model.chance(0.05))) await open(model);
  else await move(model, model.random.pick([...model.runs.values()]));
  await model.look();
}

async function move(model: FrontierModel, run: ModelRun): Promise<void> {
  let roll = model.random.between(1, 100);
  for (const [weight, make] of MOVES) {
    roll -= weight;
    if (roll <= 0) {
      await make(model, run);
      return;
    }
  }
}

/** Brings every run to its end using only what the janitor reports, and then checks that little is left of it. */
export async function finish(model: FrontierModel): Promise<void> {
  model.note('finish');
  while (model.leaving.size > 0) for (const run of model.leaving.values()) await removeStep(model, run);
  for (const run of model.runs.values()) {
    await model.frontier.steer(run.id, run.isSlow || model.chance(0.2) ? 'cancel' : 'resume');
    await model.frontier.seal(run.id, '');
  }
  const deadlineMs = performance.now() + DEADLINE_MS;
  while ((await janitorRound(model)) > 0) {
    const { runs } = model.state;
    assert.ok(performance.now() < deadlineMs, `it does not end: ${[...runs].map(([id, { names }]) => `${id} has ${names}`)}`);
  }
  await model.look();
  const ENDED = /^(meta|counts|batches|outcomes|lease|hosts|buckets|restoredBuckets|(seen|restored):.*)$/;
  for (const [id, { names }] of model.state.runs) {
    const left = names.filter((name) => !ENDED.test(name));
    assert.deepEqual(left, [], `${id} has ended`);
  }
  for (const id of model.runs.keys()) await model.frontier.remove(id);
  model.runs.clear();
  await model.look();
}

/** Visits the tickets that the janitor would queue. Returns the number of runs that have not ended. */
async function janitorRound(model: FrontierModel): Promise<number> {
  await model.redis.del(`${model.base}janitor`);
  const { runs } = await model.frontier.survey('model', SLOTS, 5_000, '');
  let visits = 0;
  for (const { run, wake, held } of runs) {
    for (const ticket of new Set([...wake, ...held])) {
      await visit(model, model.runs.get(run) as ModelRun, ticket);
      visits++;
    }
  }
  if (visits === 0) await sleep(2);
  return runs.length;
}

async function visit(model: FrontierModel, run: ModelRun, ticket: number): Promise<void> {
  await checkOutAnew(model, run, ticket);
  const flight = model.state.runs.get(run.id)?.flights.get(ticket);
  if (flight !== undefined) {
    const moves = [...flight.entries.keys()].map((key): SettleMove => {
      return run.links.revisits.has(key) ? { key, kind: 'revisited' } : { key, kind: 'ok', line: key };
    });
    const { offered } = await sendSettle(model, run, ticket, flight.token, [], { moves, pages: new Map() });
    await model.look(run.id, offered);
  }
  await release(model, run);
}

/** The moves of producers, collectors and operators on the frontier. */

import type { LoggedRows } from '../../../../src/engine/rules/logged-rows.ts';
import type { Entry } from '../../../../src/model/entry.ts';
import { UnknownRunError } from '../../../../src/model/errors.ts';
import type { RunId } from '../../../../src/model/run-id.ts';
import { canonicalUrl, urlKey } from '../../../../src/model/url/canonical-url.ts';
import { runOptions } from '../../../contracts/crew.ts';
import { LinkOracle } from './link-oracle.ts';
import { type FrontierModel, type ModelRun, TICKETS, urlOf } from './model.ts';
import { CLASSES, checkout, settle, touch } from './worker-moves.ts';

const COLLECTOR = { id: 'collector', folder: 'folder' };

export async function open(model: FrontierModel): Promise<void> {
  const id = `r${++model.opened}`;
  const { random } = model;
  const maxUrls = random.pick([undefined, undefined, undefined, 60]);
  const options = runOptions({
    hostConcurrency: random.between(1, 4),
    hostIntervalMs: random.pick([0, 0, 10]),
    robots: model.chance(0.5),
    depth: random.pick([0, 3, 5, 5, 15, 20]),
    ...(maxUrls !== undefined && { maxUrls }),
    maxUrlsPerHost: random.pick([100_000, 100_000, 25]),
    checkExternal: model.chance(0.5),
  });
  const { hostConcurrency, hostIntervalMs, robots, depth, maxUrlsPerHost, checkExternal } = options;
  model.note(
    `open ${id} ${hostConcurrency} ${hostIntervalMs} ${robots} depth ${depth} most ${maxUrls} ${maxUrlsPerHost} external ${checkExternal}`,
  );
  await model.frontier.open(id, options);
  const books = { links: new LinkOracle(options), invalid: 0, logged: new Set<string>(), rows: [], lastRead: '0-0' };
  const run = {
    id,
    options,
    ...books,
    leading: new Set<string>(),
    parts: new Map(),
    batches: [],
    sealed: false,
    isSlow: model.chance(0.3),
  };
  model.runs.set(id, run);
}

export async function push(model: FrontierModel, run: ModelRun): Promise<void> {
  if (run.batches.length > 0 && model.chance(0.2)) {
    model.note(`push again ${run.id}`);
    await model.changesNothing(model.random.pick(run.batches));
    return;
  }
  if (run.sealed) return;
  const number = run.batches.length;
  const entries = Array.from({ length: model.random.between(0, 12) }, () => entry(model));
  const invalid = model.chance(0.2) ? [`invalid ${number}`] : [];
  model.note(`push ${run.id} ${entries.length}`);
  const send = () => model.frontier.push(run.id, number, `digest ${number}`, entries, invalid);
  await send();
  run.batches.push(send);
  run.invalid += invalid.length;
  for (const each of entries) run.links.seed(each);
}

function entry(model: FrontierModel): Entry {
  const url = urlOf(model.random.between(0, 300));
  const { origin } = new URL(url);
  return { key: urlKey(canonicalUrl(new URL(url))), url, origin, depth: 0, attempts: 0, deferrals: 0, acceptedAtMs: 0 };
}

export async function seal(model: FrontierModel, run: ModelRun): Promise<void> {
  if (run.batches.length < 3) return;
  model.note(`seal ${run.id}`);
  await model.frontier.seal(run.id, run.batches.length);
  run.sealed = true;
}

export async function steer(model: FrontierModel, run: ModelRun): Promise<void> {
  const to = model.random.pick(['pause', 'resume', 'resume', 'pause', 'resume', 'resume', 'cancel'] as const);
  model.note(`${to} ${run.id}`);
  await model.frontier.steer(run.id, to);
  if (to === 'cancel') run.sealed = true;
}

export async function restore(model: FrontierModel, run: ModelRun): Promise<void> {
  const { accepted, discovered } = run.links;
  const keys = [...accepted, ...discovered];
  const unsettled = keys.filter((key) => !run.rows.includes(key) && !run.logged.has(key) && model.chance(0.1));
  const kinds = [...CLASSES, 'ok' as const].map((name, index) => [name, model.chance(index === CLASSES.length ? 1 : 0.2)] as const);
  const rows = unsettled.map((key) => [key, ...model.random.pick(kinds)] as const);
  model.note(`restore ${run.id} ${rows.length}`);
  await model.frontier.restore(run.id, { rows: () => rows } as unknown as LoggedRows);
  for (const [key, , leadsOn] of rows) {
    run.logged.add(key);
    if (leadsOn) run.leading.add(key);
  }
}

export async function release(model: FrontierModel, run: ModelRun): Promise<void> {
  await model.frontier.claim(run.id, COLLECTOR, 'fresh');
  const last = model.state.runs.get(run.id)?.outcomes.at(-1);
  model.note(`release ${run.id} ${last?.id}`);
  // Twice, as after a lost reply.
  if (last !== undefined) for (let times = 0; times < 2; times++) await model.frontier.release(run.id, last.id, COLLECTOR);
}

export async function remove(model: FrontierModel, run: ModelRun): Promise<void> {
  model.note(`remove ${run.id}`);
  model.runs.delete(run.id);
  if (model.chance(0.5)) return model.look(run.id, await model.frontier.remove(run.id));
  await model.frontier.forgetSeen(run.id);
  model.leaving.set(run.id, run);
  await removeStep(model, run);
}

/** Removes one ticket and one origin per step, where a real removal takes a thousand. */
export async function removeStep(model: FrontierModel, run: ModelRun): Promise<void> {
  const redis = model.redis as unknown as { trawlRemove(...args: Array<string | number>): Promise<[number, RunId[]]> };
  const [more, offered] = await redis.trawlRemove(model.base, run.id, 1, 60_000);
  model.note(`remove a part of ${run.id}: ${more}`);
  if (more === 0) model.leaving.delete(run.id);
  await model.look(run.id, offered);
}

/** A move on a run that is being removed: some of its visits are not fenced off yet, and some clients do not know yet. */
export async function moveLeaving(model: FrontierModel, run: ModelRun): Promise<void> {
  const roll = model.random.between(1, 10);
  try {
    if (roll <= 3) await removeStep(model, run);
    else if (roll <= 5) await model.frontier.push(run.id, 99, 'digest', [entry(model)], []);
    else if (roll <= 7) await checkout(model, run);
    else if (roll <= 8) await settle(model, run);
    else if (roll <= 9) await touch(model, run);
    else await model.frontier.wake(run.id, TICKETS);
  } catch (error) {
    if (!(error instanceof UnknownRunError)) throw error;
  }
}

/** The moves of workers on the frontier: correct ones, repeated ones after a lost reply, and late ones by workers that were replaced unknowingly. */
import assert from 'node:assert/strict';
import type { Checkout } from '../../../../src/engine/redis/frontier/scripts/checkout.ts';
import type { OriginReport, Settled, SettleMove } from '../../../../src/engine/redis/frontier/scripts/settle.ts';
import { type PageLinks, packEntry, packLinks, unpackEntry } from '../../../../src/engine/redis/frontier/wire-format.ts';
import type { Entry } from '../../../../src/model/entry.ts';
import { fromStart, movedTo } from '../../../../src/model/entry.ts';
import type { VerdictClass } from '../../../../src/model/verdict.ts';
import { externalFrom, linkFrom } from '../../../contracts/site-graph.ts';
import { type FrontierModel, type ModelRun, TICKETS, urlOf, type Visit } from './model.ts';
import type { FrontierState } from './state.ts';

export const CLASSES: readonly VerdictClass[] = ['ok', 'failed', 'skipped'];

export async function checkout(model: FrontierModel, run: ModelRun): Promise<void> {
  const [ticket] = (model.chance(0.5) && model.flight(run)) || [model.random.between(0, TICKETS - 1)];
  const flight = model.state.runs.get(run.id)?.flights.get(ticket);
  const roll = model.random.next();
  if (flight === undefined || roll > 0.7) return checkOutAnew(model, run, ticket);
  const [, job, starts] = /^(.+):(\d+):/.exec(flight.token) as unknown as [string, string, string];
  if (roll < 0.25) {
    model.note(`checkout again ${run.id} ${ticket}`);
    const { entries, kind } = await model.changesNothing(() => take(model, run, ticket, flight.token));
    if (model.leaving.has(run.id)) return assert.equal(kind, 'gone');
    assert.notEqual(kind, 'gone');
    assert.deepEqual(entries.map(({ key }) => key).sort(), [...flight.entries.keys()].sort());
  } else if (Number(starts) > 1 && roll < 0.4) {
    model.note(`late checkout ${run.id} ${ticket}`);
    const { kind } = await model.changesNothing(() => take(model, run, ticket, `${job}:${Number(starts) - 1}:late`));
    assert.equal(kind, 'gone');
  } else {
    await checkOutAnew(model, run, ticket, `${job}:${Number(starts) + 1}:w`);
  }
}

function take(model: FrontierModel, run: ModelRun, ticket: number, token: string): Promise<Checkout> {
  const [room, mostOrigins] = [model.random.pick([1, 3, 50]), model.random.pick([1, 2, 16])];
  const limits = { room, mostOrigins, tickets: TICKETS, budgetMs: 250, maxUnreleased: 200 };
  return model.frontier.checkout(run.id, ticket, token, run.options, limits);
}

/** Starts a visit. Whatever the ticket's last visit held is given back. */
export async function checkOutAnew(model: FrontierModel, run: ModelRun, ticket: number, token = `${++model.jobs}:1:w`): Promise<void> {
  const before = model.state;
  const checkout = await take(model, run, ticket, token);
  const { kind, entries, offered } = checkout;
  model.tokens.push(token);
  model.note(`checkout ${run.id} ${ticket} ${token}: ${kind} ${entries.map(({ url }) => url)}`);
  if (entries[0] !== undefined && checkout.turnUntilMs > 0)
    model.turns.set(token, { origin: entries[0].origin, untilMs: checkout.turnUntilMs });
  await model.look(run.id, offered);
  if (!model.leaving.has(run.id))
    for (const entry of entries) assert.deepEqual(entry, run.links.entries.get(entry.key), 'as it was pushed');
  if (kind === 'suspect') assert.equal(entries.length, 1);
  if (kind === 'paused' || kind === 'full' || kind === 'gone') assert.equal(entries.length, 0);
  if (kind !== 'cancelled') checkPoliteness(model, run, { run: run.id, ticket, token }, checkout, before);
}

function checkPoliteness(
  model: FrontierModel,
  run: ModelRun,
  visit: Visit,
  { entries, nowMs, turnUntilMs }: Checkout,
  before: FrontierState,
): void {
  const { hostConcurrency, hostIntervalMs } = run.options;
  const firstMs = entries[0] === undefined ? 0 : model.intervalMs(run, entries[0].origin);
  assert.equal(turnUntilMs, firstMs > 0 ? nowMs + firstMs : 0);
  if (hostIntervalMs > 0) assert.ok(entries.length <= 1, 'with an interval it takes one');
  for (const origin of new Set(entries.map((entry) => entry.origin))) {
    const isSlowed = Number(before.misses.get(origin)?.split(' ')[0] ?? 0) >= 2;
    const pace = before.pace.get(origin);
    const most = isSlowed ? 1 : Math.min(hostConcurrency, Number(pace?.split(' ')[0] ?? hostConcurrency));
    const busy = Number(model.state.busy.get(origin));
    assert.ok(busy <= most, `${busy} visits hold ${origin}, ${most} may`);
    if (isSlowed || pace !== undefined) assert.equal(entries.filter((entry) => entry.origin === origin).length, 1);
    assert.ok(nowMs >= (model.notBeforeMs.get(origin) ?? 0), `${origin} was taken too soon`);
    const intervalMs = model.intervalMs(run, origin);
    if (intervalMs === 0) continue;
    const turn = model.turnOf(origin);
    assert.equal(turn, undefined, `${origin} was taken while ${JSON.stringify(turn)} has its turn`);
    model.unsent.set(origin, visit);
    assert.equal(entries.map((entry) => entry.origin).lastIndexOf(origin), 0, `one entry of ${origin}, and that first`);
    model.hold(origin, nowMs + intervalMs);
  }
}

export async function settle(model: FrontierModel, run: ModelRun): Promise<void> {
  const [ticket, flight] = model.flight(run) ?? [];
  if (ticket === undefined || flight === undefined) return;
  const isAll = model.chance(0.6);
  const keys = [...flight.entries.keys()].filter(() => isAll || model.chance(0.5));
  if (keys.length === 0) return;
  const endings = endingsOf(model, run, flight.token, keys);
  const { moves } = endings;
  const reports = [...flight.origins.keys()].filter(() => model.chance(0.7)).map((origin) => report(model, origin));
  const send = (token: string) => sendSettle(model, run, ticket, token, reports, endings);
  if (model.chance(0.1)) {
    model.note(`stale settle ${run.id} ${ticket}`);
    assert.equal((await model.changesNothing(() => send(`${flight.token}-stale`))).fenced, true);
    return;
  }
  const ends = moves.map(({ key, kind }) => `${run.links.entries.get(key)?.url} ${kind}${endings.pages.has(key) ? ' with links' : ''}`);
  model.note(`settle ${run.id} ${ticket} ${flight.token} ${ends} ${JSON.stringify(reports)}`);
  const { fenced, isNearer, nowMs, offered } = await send(flight.token);
  model.settles.push(() => send(flight.token));
  assert.equal(fenced, false);
  for (const { origin, holdMs } of reports) if (holdMs > 0 && !isNearer) model.hold(origin, nowMs + holdMs);
  await model.look(run.id, offered);
  if (isNearer || !model.chance(0.3)) return;
  model.note('the same settle again');
  await model.changesNothing(() => send(flight.token));
}

/** How entries leave, and what their pages link to. */
interface Endings {
  moves: SettleMove[];
  pages: Map<string, PageLinks>;
}

/** Sends a settle. Tells the run's oracle the expected effect, which depends on who holds the entries now. */
export async function sendSettle(
  model: FrontierModel,
  run: ModelRun,
  ticket: number,
  token: string,
  reports: readonly OriginReport[],
  { moves, pages }: Endings,
): Promise<Settled> {
  const state = model.state.runs.get(run.id);
  const flight = state?.flights.get(ticket);
  const held = moves.filter(({ key }) => flight?.token === token && flight.entries.has(key));
  const takesLinks = state?.meta.get('state') !== 'cancelled';
  const isNearer = takesLinks && held.some(({ key }) => isNearerThan(run, key, pages.get(key)?.partsDepth));
  const settled = await model.frontier.settle(run.id, ticket, token, run.options.hostConcurrency, reports, moves);
  if (model.leaving.has(run.id) || !model.runs.has(run.id)) return settled;
  assert.equal(settled.isNearer, isNearer);
  if (isNearer) {
    for (const { key } of held) run.parts.delete(key);
    return settled;
  }
  for (const move of held) {
    const { key, kind } = move;
    const page = run.links.entries.get(key) as Entry;
    if ('origin' in move) run.links.entries.set(key, unpackEntry(key, move.origin, move.packed));
    const links = pages.get(key);
    const depth = run.links.depthOf(page);
    if (takesLinks && links !== undefined) run.links.push(page, links, run.invalid);
    const before = run.parts.get(key);
    if (kind === 'found') run.parts.set(key, { token, depth: before?.token === token ? Math.max(depth, before.depth) : depth });
    if (kind === 'revisited') run.links.revisits.delete(key);
  }
  return settled;
}

function isNearerThan(run: ModelRun, key: string, partsDepth: number | undefined): boolean {
  return partsDepth !== undefined && run.links.depthOf(run.links.entries.get(key) as Entry) < partsDepth;
}

function endingsOf(model: FrontierModel, run: ModelRun, token: string, keys: readonly string[]): Endings {
  const pages = new Map<string, PageLinks>();
  const moves = keys.map((key): SettleMove => {
    const entry = run.links.entries.get(key) as Entry;
    const roll = model.random.next();
    if (roll < 0.15) return { key, kind: 'back', packed: packEntry(entry) };
    if (roll < 0.35) {
      const again = model.chance(0.5) ? entry : fromStart(entry);
      const afterMs = run.isSlow && roll < 0.22 ? 60_000 : model.random.between(0, 20);
      return { key, kind: `${model.chance(0.3) ? 'later' : 'retry'}:${afterMs}`, ...waiting(again) };
    }
    if (roll < 0.45) {
      const next = redirected(entry, urlOf(model.random.between(0, 30)));
      return { key, kind: `moved:${next.acceptedAtMs}`, ...waiting(next) };
    }
    const move: SettleMove = entry.revisit ? { key, kind: 'revisited' } : { key, kind: model.random.pick(CLASSES), line: key };
    if (roll < 0.55 || entry.external) return move;
    const part = run.parts.get(key);
    const links = { ...linksOf(model, run, entry), ...(part?.token === token && { partsDepth: part.depth }) };
    pages.set(key, links);
    return { ...move, found: packLinks(entry, links) };
  });
  return { moves, pages };
}

/** An entry as written in a move. */
function waiting(entry: Entry): { origin: string; packed: string } {
  return { origin: entry.origin, packed: packEntry(entry) };
}

function redirected(entry: Entry, url: string): Entry {
  const redirects = [...(entry.chain?.redirects ?? []), { status: 302, url: entry.chain?.url ?? entry.url }];
  return movedTo(entry, { home: entry.chain?.home ?? entry.origin, url, redirects, requests: redirects.length, startedAtMs: 1, usedMs: 1 });
}

/** Pages link to those shortly after them, and some to one that was found by a longer path. */
function linksOf(model: FrontierModel, run: ModelRun, page: Entry): PageLinks {
  const number = Number(new URL(page.url).pathname.slice(1));
  const urls = Array.from({ length: model.random.between(0, 6) }, () => urlOf(number + model.random.between(1, 9)));
  const farther = [...run.links.entries.values()].filter((entry) => run.links.depthOf(entry) > run.links.depthOf(page) + 1);
  if (farther.length > 0 && model.chance(0.5)) urls.push(model.random.pick(farther).url);
  const entries = [...new Set(urls)].map((url) => {
    const link = run.options.checkExternal && model.chance(0.4) ? externalFrom(page, url) : linkFrom(page, url);
    return { ...link, ...(model.chance(0.5) && { hostNamed: true as const }) };
  });
  return { entries, leftOut: model.chance(0.3) ? { nofollow: 2, 'out-of-scope': 1 } : {} };
}

/** One worker fetches page after page for a while. */
export async function crawl(model: FrontierModel, run: ModelRun): Promise<void> {
  for (let visits = 0; visits < 6 && model.runs.has(run.id); visits++) {
    const ticket = model.random.between(0, TICKETS - 1);
    if (model.state.runs.get(run.id)?.flights.has(ticket)) continue;
    await checkOutAnew(model, run, ticket);
    const flight = model.state.runs.get(run.id)?.flights.get(ticket);
    if (flight === undefined) continue;
    const pages = new Map<string, PageLinks>();
    const moves = [...flight.entries.keys()].map((key): SettleMove => {
      const entry = run.links.entries.get(key) as Entry;
      const move: SettleMove = entry.revisit ? { key, kind: 'revisited' } : { key, kind: 'ok', line: key };
      if (entry.external) return move;
      const links = linksOf(model, run, entry);
      pages.set(key, links);
      return { ...move, found: packLinks(entry, links) };
    });
    model.note(`crawl ${run.id} ${ticket}`);
    const { offered } = await sendSettle(model, run, ticket, flight.token, [], { moves, pages });
    await model.look(run.id, offered);
  }
}

/** A visit reports part of a page's links. */
export async function sendPart(model: FrontierModel, run: ModelRun): Promise<void> {
  const [ticket, flight] = model.flight(run) ?? [];
  if (ticket === undefined || flight === undefined) return;
  const key = model.random.pick([...flight.entries.keys()]);
  const page = run.links.entries.get(key) as Entry;
  if (page.external) return;
  const links = { ...linksOf(model, run, page), leftOut: {}, isPart: true as const };
  const endings: Endings = { moves: [{ key, kind: 'found', found: packLinks(page, links) }], pages: new Map([[key, links]]) };
  model.note(`a part of ${run.id} ${ticket} ${page.url}`);
  const { offered } = await sendSettle(model, run, ticket, flight.token, [], endings);
  await model.look(run.id, offered);
  await model.changesNothing(() => sendSettle(model, run, ticket, flight.token, [], endings));
}

function report(model: FrontierModel, origin: string): OriginReport {
  const misses = model.random.pick([0, 0, 0, 0, 1, 2, 20]);
  const holdMs = misses === 0 ? model.random.pick([0, 0, 0, 0, 5, 20]) : 0;
  return { origin, holdMs, latencyMs: model.random.pick([0, 20, 200]), misses, answered: misses === 0 || model.chance(0.5) };
}

/** A command sent on an abandoned connection arrives after all. */
export async function arriveLate(model: FrontierModel, run: ModelRun): Promise<void> {
  const ticket = model.random.between(0, TICKETS - 1);
  const token = model.random.pick(model.tokens.slice(-30));
  if (model.chance(0.5) && token !== undefined && token !== model.state.runs.get(run.id)?.flights.get(ticket)?.token) {
    return checkOutAnew(model, run, ticket, token);
  }
  const send = model.random.pick(model.settles.slice(-30));
  if (send === undefined) return;
  model.note('an old settle');
  const { offered } = await send();
  await model.look(undefined, offered);
}

export async function strike(model: FrontierModel, run: ModelRun): Promise<void> {
  const [ticket, flight] = model.flight(run) ?? [];
  if (ticket === undefined || flight === undefined) return;
  const key = model.random.pick([...flight.entries.keys()]);
  const send = (token: string) => model.frontier.strike(run.id, ticket, token, key, 0);
  model.note(`strike ${run.id} ${ticket}`);
  assert.equal(await model.changesNothing(() => send(`${flight.token}-stale`)), 'fenced');
  const answer = await send(flight.token);
  await model.look();
  assert.equal(await model.changesNothing(() => send(flight.token)), answer);
}

export async function touch(model: FrontierModel, run: ModelRun): Promise<void> {
  const [ticket, flight] = model.flight(run) ?? [];
  if (ticket === undefined || flight === undefined) return;
  const origin = model.random.pick([...flight.origins.keys()]);
  const intervalMs = model.intervalMs(run, origin);
  if (intervalMs === 0) return;
  const { nowMs } = await model.frontier.touch(run.id, ticket, flight.token, origin, intervalMs);
  model.hold(origin, nowMs + intervalMs);
  model.endTurn(origin, { run: run.id, ticket, token: flight.token });
}

/** No request is sent for the visit's first entry. */
export async function passTurn(model: FrontierModel, run: ModelRun): Promise<void> {
  const [ticket, flight] = model.flight(run) ?? [];
  const turn = model.turns.get(flight?.token ?? '');
  if (ticket === undefined || flight === undefined || turn === undefined) return;
  const { origin, untilMs } = turn;
  model.note(`pass the turn ${run.id} ${ticket} ${origin}`);
  await model.changesNothing(() => model.frontier.passTurn(run.id, ticket, `${flight.token}-stale`, origin, untilMs));
  await model.frontier.passTurn(run.id, ticket, flight.token, origin, untilMs);
  if (model.notBeforeMs.get(origin) === untilMs) model.notBeforeMs.delete(origin);
  model.endTurn(origin, { run: run.id, ticket, token: flight.token });
  await model.look(run.id);
  await model.changesNothing(() => model.frontier.passTurn(run.id, ticket, flight.token, origin, untilMs));
}

/** A robots.txt was requested or fetched. */
export async function keepRobots(model: FrontierModel): Promise<void> {
  const { origin } = new URL(urlOf(model.random.between(0, 300)));
  if (model.chance(0.3)) {
    await model.robots.ask(origin, undefined);
    return;
  }
  const intervalMs = model.random.pick([0, 5, 20]);
  model.note(`robots ${origin} ${intervalMs}`);
  await model.robots.keep(origin, { text: 'rules', keepMs: 60_000, intervalMs });
  model.intervalsMs.set(origin, intervalMs);
}

import type { RunId } from '../../../../src/model/run-id.ts';
import type { LinkOracle } from './link-oracle.ts';
import type { FrontierState, RunState } from './state.ts';

/** The input and output of a run. */
export interface RunBooks {
  /** Every entry that was accepted or discovered, once, with its expected properties. */
  links: LinkOracle;
  /** Invalid lines. */
  invalid: number;
  /** Entries with a row in an earlier log. */
  logged: ReadonlySet<string>;
  /** Outcomes read from the stream. Released ones are no longer in it. */
  rows: string[];
  lastRead: string;
}

/** All faults of the state, in words. Records new outcomes in the books. For runs being removed, only what affects others is checked. */
export function problemsOf(state: FrontierState, books: ReadonlyMap<RunId, RunBooks>, leaving: ReadonlyMap<RunId, unknown>): string[] {
  const problems: string[] = [];
  const expect = (isSo: boolean, problem: () => string) => {
    if (!isSo) problems.push(problem());
  };
  for (const [run, runState] of state.runs) {
    if (leaving.has(run)) continue;
    const runBooks = books.get(run);
    if (runBooks === undefined) {
      problems.push(`${run} was removed, and left ${runState.names}`);
      continue;
    }
    const said = (isSo: boolean, problem: () => string) => expect(isSo, () => `${run}: ${problem()}`);
    checkPlaces(runState, runBooks, said);
    checkCounts(runState, runBooks, said);
    checkFlights(runState, said);
    checkOrigins(run, runState, state, said);
  }
  checkDeployment(state, (run) => books.has(run) || leaving.has(run), expect);
  return problems;
}

const ALWAYS = ' 9999999999999';

type Expect = (isSo: boolean, problem: () => string) => void;

/** The keys of all entries in progress. */
export function placesOf({ backlogs, unsorted, due, flights }: RunState): string[] {
  return [...backlogs.values(), unsorted, [...due.keys()], ...[...flights.values()].map(({ entries }) => [...entries.keys()])].flat();
}

/** Each entry is in exactly one place. */
function checkPlaces(state: RunState, books: RunBooks, expect: Expect): void {
  const { outcomes } = state;
  for (const { id, lines, total } of outcomes) {
    if (isAfter(id, books.lastRead)) {
      books.rows.push(...lines);
      books.lastRead = id;
      expect(total === books.rows.length, () => `outcome ${id} says ${total} rows, there were ${books.rows.length}`);
    }
  }
  const places = placesOf(state);
  const rows = books.rows.filter((row) => !row.startsWith('invalid'));
  const everywhere = [...places, ...rows];
  const met = new Set(everywhere);
  expect(
    met.size === everywhere.length,
    () => `more than one place: ${everywhere.filter((key, index) => everywhere.indexOf(key) !== index)}`,
  );
  const { accepted, discovered, revisits } = books.links;
  const expected = new Set([...accepted, ...discovered, ...revisits]);
  for (const key of met) expect(expected.has(key), () => `nobody pushed ${key}`);
  for (const key of expected) expect(met.has(key) || books.logged.has(key), () => `${key} is lost`);
}

function checkCounts({ backlogs, unsorted, due, flights, counts, hosts }: RunState, books: RunBooks, expect: Expect): void {
  const { accepted, discovered, revisits, leftOut, entries } = books.links;
  const n = (name: string) => counts.get(name) ?? 0;
  const is = (name: string, value: number) => expect(n(name) === value, () => `${name} is ${n(name)}, not ${value}`);
  const waiting = [...backlogs.values()].reduce((sum, entries) => sum + entries.length, 0) + unsorted.length + due.size;
  const inFlight = [...flights.values()].reduce((sum, { entries }) => sum + entries.size, 0);
  is('accepted', accepted.size + books.invalid);
  is('discovered', discovered.size + revisits.size);
  is('revisits', revisits.size);
  is('inFlight', inFlight);
  is('settled', books.rows.length + n('restored'));
  is('settled', n('ok') + n('failed') + n('skipped'));
  const left = [...counts].flatMap(([name, count]) => (name.startsWith('left:') ? [`${name.slice(5)} ${count}`] : []));
  const wanted = [...leftOut].map(([reason, count]) => `${reason} ${count}`);
  expect(left.sort().join() === wanted.sort().join(), () => `left out ${left}, not ${wanted}`);
  for (const [host, count] of hosts) {
    const known = [...accepted, ...discovered].filter((key) => new URL(entries.get(key)?.url ?? '').hostname === host);
    expect(known.length === count, () => `${host} has ${known.length} URLs, not ${count}`);
  }
  const all = n('accepted') + n('discovered');
  expect(all === n('settled') + inFlight + waiting, () => `${waiting} wait, ${inFlight} are in flight, ${n('settled')} settled`);
}

function checkFlights({ flights, held }: RunState, expect: Expect): void {
  expect([...held].sort().join() === [...flights.keys()].sort().join(), () => `held ${[...held]}, flights ${[...flights.keys()]}`);
  for (const [ticket, { token, entries, origins }] of flights) {
    expect(token !== '' && entries.size > 0, () => `flight ${ticket} of ${token || 'nobody'} is empty`);
    const counted = new Map<string, number>();
    for (const origin of entries.values()) counted.set(origin, (counted.get(origin) ?? 0) + 1);
    const differing = [...new Set([...counted.keys(), ...origins.keys()])].filter((origin) => counted.get(origin) !== origins.get(origin));
    expect(differing.length === 0, () => `flight ${ticket} miscounts ${differing}`);
  }
}

/** No wake-up is lost: waiting work becomes ready at some time, or waits behind a holder that will offer it. */
function checkOrigins(run: RunId, { backlogs, ready, blocked, names }: RunState, state: FrontierState, expect: Expect): void {
  for (const origin of backlogs.keys()) {
    const isOffered = ready.has(origin);
    const waits = blocked.has(origin) && state.blocked.get(origin)?.has(run) === true && Number(state.busy.get(origin) ?? 0) > 0;
    expect(isOffered || waits, () => `nobody offers ${origin}`);
    expect(!(ready.has(origin) && blocked.has(origin)), () => `${origin} is ready and blocked`);
  }
  for (const origin of [...ready.keys(), ...blocked]) expect(backlogs.has(origin), () => `${origin} has no backlog`);
  for (const name of names) {
    const isKnown =
      /^(meta|counts|batches|promised|unsorted|ready|blocked|due|held|suspects|hosts|outcomes|lease|buckets|restoredBuckets)$/.test(name);
    expect(isKnown || /^(seen|restored|backlog|flight):/.test(name), () => `what is ${name}?`);
  }
}

/** The state of the origins, across runs. */
function checkDeployment(state: FrontierState, isRun: (run: RunId) => boolean, expect: Expect): void {
  const flights = [...state.runs.values()].flatMap((run) => [...run.flights.values()]);
  for (const origin of new Set([...state.busy.keys(), ...flights.flatMap(({ origins }) => [...origins.keys()])])) {
    const holders = flights.filter(({ origins }) => origins.has(origin)).length;
    const busy = Number(state.busy.get(origin) ?? 0);
    expect(
      holders === busy && state.busy.get(origin) !== '0',
      () => `${holders} visits hold ${origin}, busy says ${state.busy.get(origin)}`,
    );
  }
  for (const [origin, claims] of state.blocked) {
    for (const [run, claim] of claims) {
      const waits = state.runs.get(run)?.ready.has(origin) || state.runs.get(run)?.blocked.has(origin);
      expect(waits === true, () => `${run} does not wait for ${origin}, and claims it`);
      // A lane that others reserve must be offered eventually.
      const isBlocked = state.runs.get(run)?.blocked.has(origin) === true;
      expect(/^[1-9]\d* (0|\d{13})$/.test(claim) && (isBlocked || !claim.endsWith(ALWAYS)), () => `claim ${claim} of ${origin}`);
    }
  }
  for (const [origin, misses] of state.misses) expect(/^[1-9]\d* \d{13}$/.test(misses), () => `misses ${misses} of ${origin}`);
  for (const [origin, pace] of state.pace) expect(/^[1-9]\d* [1-9]\d* \d{13} \d{13} \d+$/.test(pace), () => `pace ${pace} of ${origin}`);
  for (const [origin, latency] of state.latency) {
    expect(/^\d+$/.test(latency), () => `latency ${latency} of ${origin}`);
    const waits = [...state.runs.values()].some(({ backlogs }) => backlogs.has(origin));
    expect(waits, () => `nothing waits for ${origin}, and its latency is kept`);
  }
  for (const [list, members] of Object.entries(state.listed))
    for (const run of members) expect(isRun(run), () => `${run} is among the ${list} runs`);
  for (const name of state.others)
    expect(/^(hold:|turn:|robots:|robotsLease:|interval:|removed:|janitor$|workers$)/.test(name), () => `what is ${name}?`);
}

function isAfter(id: string, other: string): boolean {
  const [a, b] = [id, other].map((each) => each.split('-').map(Number) as [number, number]) as [[number, number], [number, number]];
  return a[0] !== b[0] ? a[0] > b[0] : a[1] > b[1];
}

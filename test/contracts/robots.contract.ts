import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { Engine } from '../../src/engine/engine.ts';
import { ROBOTS_LEASE_MS, type Visit } from '../../src/engine/visit.ts';
import type { Entry } from '../../src/model/entry.ts';
import { batchOf, type Crew, collectAll, done, type FetchEntry, outcomeOf, runOptions, startCrew, until, urls } from './crew.ts';

export interface RobotsSetting {
  /** Engines of one deployment; at least one. */
  engines: Engine[];
  /** Advances the time that applies to stored robots.txt data. */
  skip(ms: number): Promise<void>;
}

const ORIGIN = 'http://asked.test';
const HOUR_MS = 3_600_000;
const INTERVAL_MS = 80;

/** Tests for robots.txt and the intervals that it sets, on every engine. */
export function robotsContract(name: string, open: () => Promise<RobotsSetting>): void {
  describe(`${name}: robots.txt`, () => {
    let setting: RobotsSetting;
    let engine: Engine;
    beforeEach(async () => {
      crews = [];
      setting = await open();
      engine = setting.engines[0] as Engine;
    });
    // Also after a failed test: visits in progress would keep the process alive.
    let crews: Crew[];
    afterEach(async () => {
      await Promise.all(crews.map((crew) => crew.stop()));
      await Promise.all(setting.engines.map((each) => each.close()));
    });

    function start(on: Engine, fetchEntry: FetchEntry, concurrency = 10): Crew {
      const crew = startCrew(on, fetchEntry, { concurrency });
      crews.push(crew);
      return crew;
    }

    /** Each engine has a visit in progress while `use` runs. */
    async function withVisits(use: (visits: [Visit, ...Visit[]]) => Promise<void>): Promise<void> {
      const visits: Visit[] = [];
      let release = () => {};
      const over = new Promise<void>((resolve) => {
        release = resolve;
      });
      const holding: Crew[] = [];
      try {
        for (const each of setting.engines) {
          const run = await each.openRun(runOptions());
          await each.submit(run, batchOf(0, urls(1)));
          const count = visits.length;
          // One slot: the engines before this one have none left for this run.
          const hold = async (entry: Entry, visit: Visit) => {
            visits.push(visit);
            await over;
            return done(visit, entry);
          };
          holding.push(start(each, hold, 1));
          await until(() => visits.length > count, 'a visit');
        }
        await use(visits as [Visit, ...Visit[]]);
      } finally {
        release();
        await Promise.all(holding.map((crew) => crew.stop()));
      }
    }

    async function keep(intervals: Record<string, number>): Promise<void> {
      await withVisits(async ([visit]) => {
        for (const [origin, intervalMs] of Object.entries(intervals))
          await visit.keepRobots(origin, { text: 'rules', keepMs: HOUR_MS, intervalMs });
      });
    }

    it('is fetched by one of several simultaneous visits, and then known to all', () =>
      withVisits(async (visits) => {
        const askAll = () => Promise.all(Array.from({ length: 10 }, (_, index) => (visits[index % visits.length] as Visit).robots(ORIGIN)));
        const kinds = (await askAll()).map(({ kind }) => kind).sort();
        assert.deepEqual(kinds, [...Array(9).fill('theirs'), 'yours']);
        assert.deepEqual(await visits[0].robots('http://other.test'), { kind: 'yours' });
        await visits[0].keepRobots(ORIGIN, { text: 'rules', keepMs: HOUR_MS, intervalMs: 0 });
        assert.deepEqual(await askAll(), Array(10).fill({ kind: 'known', text: 'rules' }));
      }));

    it('is assigned to another visit when its fetcher misses the deadline, and a late text is still accepted', () =>
      withVisits(async ([visit]) => {
        assert.deepEqual(await visit.robots(ORIGIN), { kind: 'yours' });
        await setting.skip(ROBOTS_LEASE_MS - 2_000);
        assert.deepEqual(await visit.robots(ORIGIN), { kind: 'theirs' });
        await setting.skip(2_000);
        assert.deepEqual(await visit.robots(ORIGIN), { kind: 'yours' });
        assert.deepEqual(await visit.robots(ORIGIN), { kind: 'theirs' });
        await visit.keepRobots(ORIGIN, { text: 'late', keepMs: HOUR_MS, intervalMs: 0 });
        assert.deepEqual(await visit.robots(ORIGIN), { kind: 'known', text: 'late' });
      }));

    it('is refetched by one visit that has the stale text, while a visit without a text gets the stale one', () =>
      withVisits(async (visits) => {
        const [visit, other = visit] = visits;
        await visit.keepRobots(ORIGIN, { text: 'old', keepMs: HOUR_MS, intervalMs: 0 });
        const answers = await Promise.all([visit, other, visit].map((each) => each.robots(ORIGIN, 'old')));
        assert.deepEqual(answers.map(({ kind }) => kind).sort(), ['theirs', 'theirs', 'yours']);
        assert.deepEqual(await other.robots(ORIGIN), { kind: 'known', text: 'old' });
        assert.deepEqual(await other.robots(ORIGIN, 'older'), { kind: 'known', text: 'old' });
        await visit.keepRobots(ORIGIN, { text: 'new', keepMs: HOUR_MS, intervalMs: 0 });
        assert.deepEqual(await other.robots(ORIGIN, 'old'), { kind: 'known', text: 'new' });
        assert.deepEqual(await other.robots(ORIGIN, 'new'), { kind: 'yours' });
      }));

    it('expires when its time is over, after a day at most', () =>
      withVisits(async ([visit]) => {
        await visit.keepRobots(ORIGIN, { text: 'a minute', keepMs: 60_000, intervalMs: 0 });
        await setting.skip(58_000);
        assert.equal((await visit.robots(ORIGIN)).kind, 'known');
        await setting.skip(2_000);
        assert.deepEqual(await visit.robots(ORIGIN), { kind: 'yours' });
        await visit.keepRobots(ORIGIN, { text: 'a year', keepMs: 365 * 24 * HOUR_MS, intervalMs: 0 });
        for (let halfHour = 1; halfHour < 48; halfHour++) {
          await setting.skip(HOUR_MS / 2);
          assert.equal((await visit.robots(ORIGIN)).kind, 'known', `after ${halfHour} half hours, in each of which somebody asked`);
        }
        await setting.skip(HOUR_MS / 2);
        assert.deepEqual(await visit.robots(ORIGIN), { kind: 'yours' });
      }));

    it('expires when no visit has asked for it for an hour', () =>
      withVisits(async ([visit]) => {
        const rules = { text: 'rules', keepMs: 24 * HOUR_MS, intervalMs: 0 };
        await visit.keepRobots(ORIGIN, rules);
        await setting.skip(HOUR_MS);
        assert.deepEqual(await visit.robots(ORIGIN), { kind: 'yours' });
        await visit.keepRobots(ORIGIN, rules);
        await setting.skip(HOUR_MS - 2_000);
        assert.equal((await visit.robots(ORIGIN)).kind, 'known');
        await setting.skip(HOUR_MS);
        assert.deepEqual(await visit.robots(ORIGIN), { kind: 'yours' });
      }));

    it('is returned unchanged, whatever its length and content', () =>
      withVisits(async (visits) => {
        const [visit, other = visit] = visits;
        const rules = Array.from({ length: 20_000 }, (_, index) => `Disallow: /${index.toString(36)}/*?q=\n`).join('');
        const texts = [
          '',
          ' ',
          '1',
          '\u{feff}\0\r\n "\\ %s é 漢 🕷 \u2028\ufffd',
          rules.slice(0, 1_000),
          `é${rules}`.slice(0, 500 * 1_024),
          '漢🕷'.repeat(600),
        ];
        for (const text of texts) {
          await visit.keepRobots(ORIGIN, { text, keepMs: HOUR_MS, intervalMs: 0 });
          const answer = await other.robots(ORIGIN);
          assert.ok(answer.kind === 'known' && answer.text === text, `${JSON.stringify(text.slice(0, 40))} of ${text.length}`);
          assert.deepEqual(await other.robots(ORIGIN, text), { kind: 'yours' });
        }
      }));

    it('sets the minimum time between starts on its origin for all visits and workers of a run that obeys it', async () => {
      const runs = [
        { host: 'obeyed.test', options: { robots: true }, apartMs: INTERVAL_MS },
        { host: 'longer-option.test', options: { robots: true, hostIntervalMs: 120 }, apartMs: 120 },
        { host: 'shorter-option.test', options: { robots: true, hostIntervalMs: 40 }, apartMs: INTERVAL_MS },
        { host: 'not-obeyed.test', options: { robots: false }, apartMs: 0 },
        { host: 'only-option.test', options: { robots: false, hostIntervalMs: 40 }, apartMs: 40 },
      ];
      await keep(Object.fromEntries(runs.map(({ host, options }) => [`http://${host}`, options.robots ? INTERVAL_MS : HOUR_MS])));
      const working = setting.engines.map((each) => start(each, async (entry, visit) => done(visit, entry)));
      const ids: string[] = [];
      const beganMs = performance.now();
      for (const { host, options } of runs) {
        const run = await engine.openRun(runOptions(options));
        // Each of these is paired with an origin that sets no interval.
        await engine.submit(run, batchOf(0, [...urls(5, host), ...(options.hostIntervalMs ? [] : urls(20, `free-${host}`))]));
        await engine.seal(run, 1);
        ids.push(run);
      }
      for (const run of ids) await collectAll(engine, run);
      await Promise.all(working.map((crew) => crew.stop()));
      const startsOf = (host: string) => {
        const fetches = working.flatMap((crew) => crew.fetches).filter(({ origin }) => origin === `http://${host}`);
        return fetches.map(({ startMs }) => startMs).sort((a, b) => a - b);
      };
      for (const { host, apartMs: leastMs } of runs) {
        const starts = startsOf(host);
        assert.equal(starts.length, 5);
        // On a busy machine any start can be observed late, including the first, so only the total time is checked.
        assert.ok((starts.at(-1) as number) - beganMs >= 4 * leastMs - 10, `${host}: starts ${starts.map(Math.round).join(' ')}`);
      }
      const free = startsOf('free-obeyed.test');
      assert.equal(free.length, 20);
      assert.ok((free[9] as number) < (startsOf('obeyed.test').at(-1) as number), 'another origin is not slowed');
    });

    it('delays entries that visits already hold when its interval becomes known', async () => {
      const run = await engine.openRun(runOptions({ robots: true, hostConcurrency: 2 }));
      let knownAtMs = Number.POSITIVE_INFINITY;
      const crew = start(engine, async (entry, visit) => {
        if (crew.fetches.length === 4) {
          await visit.keepRobots(entry.origin, { text: 'rules', keepMs: HOUR_MS, intervalMs: INTERVAL_MS });
          knownAtMs = performance.now();
        }
        if (knownAtMs < Number.POSITIVE_INFINITY) visit.started(entry, INTERVAL_MS);
        await new Promise((resolve) => setTimeout(resolve, 5));
        return done(visit, entry);
      });
      await engine.submit(run, batchOf(0, urls(12, 'learnt.test')));
      await engine.seal(run, 1);
      await collectAll(engine, run);
      await crew.stop();
      const later = crew.fetches.map(({ startMs }) => startMs - knownAtMs).filter((ms) => ms > 0);
      assert.ok(later.length >= 5, `${later.length} came later`);
      later.forEach((ms, index) => {
        assert.ok(ms >= (index + 1) * INTERVAL_MS - 30, `started after ${later.map(Math.round).join(' ')} ms`);
      });
    });

    it('costs no interval for an entry that is not requested', async () => {
      await keep({ 'http://disallowed.test': 60_000, 'http://requested.test': INTERVAL_MS });
      const run = await engine.openRun(runOptions({ robots: true }));
      const crew = start(engine, async (entry, visit) => {
        const skipped = { verdict: 'robots' as const, ok: false };
        // The request led to an address that must not be reached.
        if (entry.origin === 'http://requested.test') visit.started(entry, INTERVAL_MS);
        return { kind: 'outcome', outcome: outcomeOf(visit.run, entry, skipped) };
      });
      await engine.submit(run, batchOf(0, [...urls(120, 'disallowed.test'), ...urls(4, 'requested.test')]));
      await engine.seal(run, 1);
      assert.equal((await collectAll(engine, run)).outcomes.length, 124);
      await crew.stop();
      const starts = crew.fetches.filter(({ origin }) => origin === 'http://requested.test').map(({ startMs }) => startMs);
      assert.ok((starts.at(-1) as number) - (starts[0] as number) >= 3 * INTERVAL_MS - 30, `starts ${starts.map(Math.round).join(' ')}`);
    });

    it('is obeyed without an interval as soon as it no longer sets one', async () => {
      await keep({ 'http://changed.test': 60_000 });
      await keep({ 'http://changed.test': 0 });
      const run = await engine.openRun(runOptions({ robots: true }));
      const crew = start(engine, async (entry, visit) => done(visit, entry));
      await engine.submit(run, batchOf(0, urls(5, 'changed.test')));
      await engine.seal(run, 1);
      assert.equal((await collectAll(engine, run)).outcomes.length, 5);
      await crew.stop();
    });
  });
}

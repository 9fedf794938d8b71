import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Batch } from '../../src/engine/batch.ts';
import { CLAIM_MS } from '../../src/engine/collecting.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { LoggedRows } from '../../src/engine/rules/logged-rows.ts';
import { type Entry, fromStart, movedTo } from '../../src/model/entry.ts';
import { ConflictError, RunClaimedError } from '../../src/model/errors.ts';
import type { OutcomeLine } from '../../src/model/lines/outcome-line.ts';
import type { Outcome } from '../../src/model/outcome.ts';
import type { RunId } from '../../src/model/run-id.ts';
import type { RunOptions } from '../../src/model/run-options.ts';
import { type SeededRandom, seededRandom } from '../chaos/seeded-random.ts';
import { DEADLINE_MS, until } from '../helpers/until.ts';
import { batchOf, type Crew, type FetchEntry, runOptions, startCrew } from './crew.ts';
import { found, foundOn, randomGraph, reachable, type SiteGraph } from './site-graph.ts';

/** Opens an engine in place of one that was closed or crashed. `hasState`: it knows the runs of that one. */
export interface Restartable {
  hasState: boolean;
  open(): Promise<Engine>;
  /** Cuts the open engine off from its data immediately and permanently, as a process crash does. */
  crash(): Promise<void>;
  /** Assigns visits in progress to other workers, as if their locks had not been renewed in time. Absent for an engine without locks. */
  expireLocks?: () => Promise<void>;
}

/** The number of redirects after which an entry's redirects end. */
const MAX_REDIRECTS = 2;

const DEPTH = 3;
const PAGES = 60;
const MOVES = 30;
const MOST_BATCHES = 6;
const COLLECTOR = { id: 'collector', folder: 'folder' };
const STRANGER = { id: 'stranger', folder: 'folder' };

interface Checkpoint {
  cursor: string;
  rows: number;
}
const START: Checkpoint = { cursor: '', rows: 0 };

/**
 * A model of a run. Its moves and its site alone determine the expected result; nothing here knows how an
 * engine works. Moves are random: batches and repeated batches, invalid batches, wrong collectors, pauses, workers and
 * engines that stop and restart, engines that crash together with their workers and their collector, visits that continue
 * after others got their entries, collectors that read twice. Fetches end at random: with links, a redirect, a retry, or given back.
 */
class ModelRun {
  readonly #random: SeededRandom;
  readonly #site: SiteGraph;
  readonly #home: Restartable;
  readonly #options: RunOptions;
  readonly #id: RunId;
  readonly #batches: Batch[] = [];
  /** What the collector has on disk. */
  readonly #log: OutcomeLine[] = [];
  #rows = new LoggedRows();
  /** Entries whose fetch was started, in order. */
  readonly #fetches: Entry[] = [];
  /** What the next fetch waits for. */
  #gate: ((entry: Entry) => Promise<void>) | undefined;
  #isPaused = false;
  /** Problems found in the entries to fetch. */
  readonly #faults: string[] = [];
  /** The collector's positions since the engine was opened: its cursor and the rows of its log. Everything up to the last but one is released. */
  #checkpoints: Checkpoint[] = [START];
  #engine: Engine;
  #crew: Crew;
  /** Crashed engines. They are closed while the run continues. */
  readonly #crashed: Promise<void>[] = [];

  private constructor(seed: number, home: Restartable, options: RunOptions, engine: Engine) {
    this.#random = seededRandom(seed);
    this.#site = randomGraph(this.#random, PAGES);
    this.#home = home;
    this.#options = options;
    this.#id = `model-${seed}`;
    this.#engine = engine;
    this.#crew = this.#startCrew();
  }

  static async play(seed: number, home: Restartable, options: RunOptions): Promise<void> {
    const run = new ModelRun(seed, home, options, await home.open());
    try {
      await run.#begin();
      const moves = run.#moves();
      for (let move = 0; move < MOVES; move++) await run.#random.pick(moves)();
      await run.#end();
    } finally {
      await run.#crew.stop();
      await run.#engine.close();
      await Promise.all(run.#crashed);
    }
  }

  #moves(): ReadonlyArray<() => Promise<void>> {
    const { submit, collect } = { submit: () => this.#submit(), collect: () => this.#collect() };
    return [
      ...[submit, submit, submit, collect, collect],
      () => this.#repeatBatch(),
      () => this.#submitFalseBatch(),
      () => this.#comeAsStranger(),
      () => this.#readTwice(),
      () => this.#steer('pause'),
      () => this.#steer('resume'),
      () => this.#restartWorkers(),
      () => this.#restartEngine(),
      () => this.#crash(),
      () => this.#delayVisit(),
      () => this.#restoreKnown(),
    ];
  }

  async #begin(): Promise<void> {
    await this.#engine.openRun(this.#options, this.#id);
    await this.#engine.claim(this.#id, COLLECTOR);
  }

  #startCrew(): Crew {
    const fetchEntry: FetchEntry = async (entry, visit) => {
      this.#checkEntry(entry);
      this.#fetches.push(entry);
      const gate = this.#gate;
      this.#gate = undefined;
      await gate?.(entry);
      await new Promise((resolve) => setTimeout(resolve, this.#random.between(0, 3)));
      const roll = this.#random.next();
      if (visit.signal.aborted || roll < 0.05) return { kind: 'back' };
      if (roll < 0.15) {
        const again = fromStart({ ...entry, attempts: entry.attempts + 1 });
        return { kind: 'retry', afterMs: this.#random.between(0, 5), entry: again };
      }
      if (roll < 0.3 && (entry.chain?.redirects.length ?? 0) < MAX_REDIRECTS) return { kind: 'moved', entry: this.#redirected(entry) };
      return foundOn(entry, visit, found(entry, this.#site.get(entry.url) ?? []));
    };
    return startCrew(this.#engine, fetchEntry, { concurrency: 3, drainMs: 0 });
  }

  /** Checks that the entry has the URL of its page, and waits at the origin of its next request. */
  #checkEntry({ url, origin, chain }: Entry): void {
    const next = chain?.url ?? url;
    if (!this.#site.has(url) || new URL(next).origin !== origin) this.#faults.push(`${url} by ${next} came at ${origin}`);
  }

  #redirected(entry: Entry): Entry {
    const { home = entry.origin, url = entry.url, redirects = [], requests = 0, startedAtMs = 0, usedMs = 0 } = entry.chain ?? {};
    const target = `http://${this.#random.pick(['a', 'b', 'c', 'elsewhere'])}.test/redirected/${redirects.length}`;
    const hops = [...redirects, { status: 302, url }];
    return movedTo(entry, { home, url: target, redirects: hops, requests: requests + 1, startedAtMs, usedMs: usedMs + 1 });
  }

  #line(): string {
    return this.#random.next() < 0.1 ? `no URL ${this.#random.between(0, 9)}` : this.#random.pick([...this.#site.keys()]);
  }

  async #steer(to: 'pause' | 'resume'): Promise<void> {
    await this.#engine[to](this.#id);
    this.#isPaused = to === 'pause';
  }

  async #submit(): Promise<void> {
    if (this.#batches.length === MOST_BATCHES) return;
    const number = this.#batches.length;
    const batch = batchOf(
      number,
      Array.from({ length: this.#random.between(1, 3) }, () => this.#line()),
      number * 10 + 1,
    );
    this.#batches.push(batch);
    await this.#engine.submit(this.#id, batch);
  }

  async #repeatBatch(): Promise<void> {
    if (this.#batches.length > 0) await this.#engine.submit(this.#id, this.#random.pick(this.#batches));
  }

  async #submitFalseBatch(): Promise<void> {
    if (this.#batches.length === 0) return;
    const { number, firstLine } = this.#random.pick(this.#batches);
    await assert.rejects(this.#engine.submit(this.#id, batchOf(number, ['http://false.test/'], firstLine)), ConflictError);
  }

  async #comeAsStranger(): Promise<void> {
    const sinceMs = performance.now();
    await this.#engine.claim(this.#id, COLLECTOR);
    const { cursor } = this.#checkpoint;
    const answers = await Promise.allSettled([
      this.#engine.claim(this.#id, STRANGER),
      ...(cursor === '' ? [] : [this.#engine.release(this.#id, cursor, STRANGER)]),
    ]);
    if (performance.now() - sinceMs < CLAIM_MS) {
      for (const answer of answers) assert.ok(answer.status === 'rejected' && answer.reason instanceof RunClaimedError);
    } else {
      // The machine is so slow that the claim lapsed in the meantime.
      await this.#engine.leave(this.#id, STRANGER);
      await this.#engine.claim(this.#id, COLLECTOR);
      // If the stranger has released everything up to here, no earlier position can be read any more.
      if (answers[1]?.status === 'fulfilled') this.#checkpoints = [this.#checkpoint];
    }
  }

  /** The outcomes after a cursor: those available now, at least this many, or all until the run ends. */
  async #read(from: string, until: 'now' | 'end' | number): Promise<{ cursor: string; lines: OutcomeLine[] }> {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), until === 'now' ? 20 : DEADLINE_MS);
    const read = { cursor: from, lines: [] as OutcomeLine[] };
    for await (const { cursor, lines } of this.#engine.outcomes(this.#id, from, stop.signal)) {
      read.cursor = cursor;
      read.lines.push(...lines);
      if (typeof until === 'number' && read.lines.length >= until) break;
    }
    clearTimeout(timer);
    if (until === 'end' && stop.signal.aborted) assert.fail(`the run did not end: ${JSON.stringify(await this.#engine.counts(this.#id))}`);
    return read;
  }

  async #collect(until: 'now' | 'end' = 'now'): Promise<void> {
    const { cursor, lines } = await this.#read(this.#checkpoint.cursor, until);
    // An engine without its predecessor's state reports rows for invalid lines again.
    for (const line of lines) {
      if (this.#rows.add(line)) this.#log.push(line);
      else assert.equal((JSON.parse(line) as Outcome).verdict, 'invalid-url', `there twice: ${line}`);
    }
    if (cursor === this.#checkpoint.cursor) return;
    const before = this.#checkpoint;
    this.#checkpoints.push({ cursor, rows: this.#log.length });
    await this.#engine.release(this.#id, before.cursor, COLLECTOR);
  }

  get #checkpoint(): Checkpoint {
    return this.#checkpoints.at(-1) ?? START;
  }

  /** A collector that died after writing its log and before its checkpoint reads the same outcomes again. */
  async #readTwice(): Promise<void> {
    const from = this.#checkpoint.cursor;
    const first = await this.#read(from, 'now');
    if (first.lines.length === 0) return;
    const again = await this.#read(from, first.lines.length);
    assert.deepEqual(again.lines.slice(0, first.lines.length), first.lines);
  }

  async #restartWorkers(): Promise<void> {
    await this.#crew.stop();
    this.#crew = this.#startCrew();
  }

  async #restartEngine(): Promise<void> {
    await this.#crew.stop();
    await this.#engine.close();
    await this.#openAgain();
  }

  /** The process with the engine, the workers and the collector dies. The collector may lose its last checkpoint; it then cuts its log back to the previous one. */
  async #crash(): Promise<void> {
    const [engine, crew] = [this.#engine, this.#crew];
    await this.#home.crash();
    this.#crashed.push(crew.stop().then(() => engine.close()));
    if (this.#checkpoints.length > 1 && this.#random.next() < 0.5) {
      this.#checkpoints.pop();
      this.#log.length = this.#checkpoint.rows;
      this.#rows = new LoggedRows();
      for (const line of this.#log) this.#rows.add(line);
    }
    // The next collector reads this checkpoint from the disk, so it cannot be lost any more. Everything before it may be released already.
    this.#checkpoints = [this.#checkpoint];
    await this.#openAgain();
  }

  /** A fetch takes so long that the visit loses its lock and another visit fetches the entry. The first fetch still ends and is settled. */
  async #delayVisit(): Promise<void> {
    const { expireLocks } = this.#home;
    if (expireLocks === undefined || this.#isPaused) return;
    let delayed: Entry | undefined;
    let end = () => {};
    this.#gate = async (entry) => {
      delayed = entry;
      await new Promise<void>((resolve) => {
        end = resolve;
      });
    };
    await this.#submit();
    // There may be nothing to fetch.
    await new Promise((resolve) => setTimeout(resolve, 20));
    this.#gate = undefined;
    if (delayed === undefined) return;
    const { key } = delayed;
    const before = this.#fetches.length;
    try {
      await expireLocks();
      await until(() => this.#fetches.slice(before).some((entry) => entry.key === key), 'another visit fetches the entry');
    } finally {
      end();
    }
  }

  async #openAgain(): Promise<void> {
    this.#engine = await this.#home.open();
    await this.#begin();
    if (!this.#home.hasState) {
      this.#isPaused = false;
      this.#checkpoints = [{ cursor: '', rows: this.#log.length }];
      await this.#engine.restore(this.#id, this.#rows);
    }
    this.#crew = this.#startCrew();
    for (const batch of this.#batches) await this.#engine.submit(this.#id, batch);
  }

  /** Repeats known rows to the engine. An in-memory engine is given them only when it is new. */
  async #restoreKnown(): Promise<void> {
    if (this.#home.hasState) await this.#engine.restore(this.#id, this.#rows);
  }

  async #end(): Promise<void> {
    await this.#submit();
    const batches = this.#batches.length;
    await this.#engine.seal(this.#id, batches);
    await this.#engine.seal(this.#id, batches);
    await assert.rejects(this.#engine.seal(this.#id, batches + 1), ConflictError);
    // Redis refuses it later. Either way it has no effect.
    await this.#engine
      .submit(this.#id, batchOf(batches, ['http://late.test/']))
      .catch((error) => assert.ok(error instanceof ConflictError));
    await this.#steer('resume');
    await this.#collect('end');
    await this.#check();
  }

  async #check(): Promise<void> {
    assert.deepEqual(this.#faults, []);
    const lines = this.#batches.flatMap((batch) => batch.lines);
    const seeds = [...new Set(lines.filter((line) => line.startsWith('http')))];
    const invalid = lines.length - lines.filter((line) => line.startsWith('http')).length;
    const all = [...reachable(this.#site, seeds, DEPTH).keys()];
    const outcomes = this.#log.map((line) => JSON.parse(line) as Outcome);
    const rows = outcomes.filter(({ verdict }) => verdict === 'ok').map(({ url }) => url);
    assert.equal(outcomes.length - rows.length, invalid);
    const { maxUrls } = this.#options;
    if (maxUrls === undefined) {
      assert.deepEqual(rows.sort(), all.sort());
    } else {
      // Invalid lines count too.
      const least = Math.min(maxUrls - invalid, all.length);
      assert.ok(rows.length >= least && rows.length <= maxUrls + seeds.length, `${rows.length} rows of ${all.length} with ${maxUrls}`);
      assert.deepEqual(
        rows.filter((url) => !all.includes(url)),
        [],
      );
    }
    const { submitted, duplicates, accepted, discovered, settled, ok, failed, inFlight, ended, unreleased } = await this.#engine.counts(
      this.#id,
    );
    const count = outcomes.length;
    assert.deepEqual(
      { submitted, seedRows: accepted + duplicates, settled, met: accepted + discovered, ok, failed, inFlight, ended },
      {
        submitted: lines.length,
        seedRows: lines.length,
        settled: count,
        met: count,
        ok: rows.length,
        failed: invalid,
        inFlight: 0,
        ended: true,
      },
    );
    assert.ok(unreleased >= 0);
  }
}

/** Runs an engine and the model move by move. The failure message names the seed. */
export function modelContract(name: string, open: () => Promise<Restartable>, seeds: number): void {
  // The tests wait more than they compute.
  describe(`${name} engine, compared with a model`, { concurrency: 6 }, () => {
    for (let seed = 1; seed <= seeds; seed++) {
      const limit = seed % 3 === 0 ? { maxUrls: 10 + seed } : {};
      it(`matches the model: seed ${seed}${seed % 3 === 0 ? ', with a URL limit' : ''}`, async () => {
        await ModelRun.play(seed, await open(), runOptions({ depth: DEPTH, hostConcurrency: 1 + (seed % 3), ...limit }));
      });
    }
  });
}

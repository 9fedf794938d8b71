import { always, type Change, gone, instead, never, replaced, twice } from './marked-code.ts';

/** A way to break the program, by changes of a copy. */
export interface PlantedBug {
  name: string;
  changes: readonly Change[];
  /** The scenario that must detect it. */
  scenario: string;
  kills?: number;
  urls?: number;
}

/** The row count is not compared with the engine's. That check alone would detect and repair some bugs. */
const UNCOUNTED: Change = { at: 'lost-data', to: replaced(/return .*;/, 'return false;') };
const OTHER_BATCHES: Change = { at: 'batch-lines', to: (code) => code.replace(/= ([\d_]+);/, '= $1 - (Date.now() % 997);') };

export const PLANTED: readonly PlantedBug[] = [
  {
    name: 'a settle is accepted from any sender',
    changes: [
      { at: 'settle-fence', to: never },
      {
        at: 'settle-held',
        to: (code) => always(code).replace('take(held[index])', 'if held[index] then take(held[index]) end'),
      },
    ],
    scenario: 'worker-stop',
  },
  {
    name: 'outcomes are read as they arrive, as from QueueEvents',
    changes: [
      { at: 'outcome-cursor', to: replaced('= from;', "= (await redis.xrevrange(stream, '+', '-', 'COUNT', 1))[0]?.[0] ?? from;") },
      UNCOUNTED,
    ],
    scenario: 'collector-kill',
  },
  {
    name: 'the outcome stream is trimmed by length',
    changes: [{ at: 'outcome-added', to: replaced("'*'", "'MAXLEN', '3', '*'") }],
    scenario: 'collector-kill',
  },
  {
    name: 'a torn line is kept',
    changes: [{ at: 'torn-line', to: instead('Object.assign(kept, { bytes: (await file.stat()).size });') }],
    scenario: 'collector-kill-pinned',
  },
  {
    name: 'outcomes are released before they are in the log',
    changes: [
      {
        at: 'release-checkpoint',
        to: instead(
          'await this.#release(this.#rows.cursor); await new Promise((done) => setTimeout(done, 100)); await this.#rows.checkpoint();',
        ),
      },
    ],
    scenario: 'collector-kill-pinned',
  },
  { name: 'a settle leaves entries in flight', changes: [{ at: 'settle-leaves', to: gone }], scenario: 'worker-kill' },
  {
    name: 'a repeated settle is recorded twice',
    changes: [{ at: 'settle-records', to: instead('if #keys > 0 then record(ARGV[MARKS + 1], #keys) end') }],
    scenario: 'lost-replies',
  },
  { name: 'a repeated batch counts again', changes: [{ at: 'push-once', to: always }], scenario: 'lost-replies' },
  { name: 'entries of a dead worker are lost', changes: [{ at: 'take-back', to: gone }], scenario: 'worker-kill' },
  { name: 'entries are given back twice', changes: [{ at: 'settle-gives-back', to: twice }], scenario: 'worker-rolling' },
  { name: 'one death counts as a crash', changes: [{ at: 'first-death', to: replaced("'-1 0'", "'3 0'") }], scenario: 'worker-kill' },
  { name: 'no death counts as a crash', changes: [{ at: 'last-strike', to: gone }], scenario: 'worker-poison' },
  {
    name: 'a run ends before all its batches are in',
    changes: [{ at: 'run-ended', to: replaced('batches === sealedAt', 'sealedAt !== undefined') }],
    scenario: 'redis-kill',
  },
  { name: 'data lost by Redis is not detected', changes: [UNCOUNTED], scenario: 'aof-cut' },
  {
    name: "BullMQ's default for stalled jobs, without a check for held entries",
    changes: [
      { at: 'held-tickets', to: replaced(/looksAtHeld.*wake(?=\))/, '[]') },
      { at: 'stalled-jobs', to: replaced('Number.MAX_SAFE_INTEGER', '0') },
    ],
    scenario: 'worker-kill',
  },
  { name: 'batches are split differently after a restart', changes: [OTHER_BATCHES], scenario: 'producer-kill-pinned' },
  {
    name: 'batches are split differently after a restart, without a comparison',
    changes: [OTHER_BATCHES, { at: 'store-compares', to: gone }, { at: 'push-compares', to: gone }],
    scenario: 'producer-kill-pinned',
  },
  {
    name: 'a checkpoint is ahead of the log',
    changes: [
      {
        at: 'checkpoint-written',
        to: instead(
          "const checkpoint = { ...this.#tally, cursor: this.#cursor, bytes: this.#written.bytes + Buffer.byteLength(this.#waiting.join('')) };",
        ),
      },
      {
        at: 'write-waiting',
        to: replaced('this.#writeWaiting()', 'new Promise((done) => setTimeout(done, 200)).then(() => this.#writeWaiting())'),
      },
    ],
    scenario: 'collector-kill-pinned',
  },
  {
    name: 'a collector continues without its claim',
    changes: [
      { at: 'lease-renewed', to: gone },
      { at: 'claim-held', to: replaced(' then ', " and ARGV[5] == 'fresh' then ") },
      { at: 'claim-lapsed', to: gone },
      { at: 'release-claimed', to: gone },
    ],
    scenario: 'collector-stop',
  },
  {
    name: 'disk errors are ignored',
    changes: [
      { at: 'disk-failure', to: instead('#fail(error) { return error; }') },
      { at: 'disk-throws', to: gone },
    ],
    scenario: 'disk',
  },
  { name: 'a pause is ignored', changes: [{ at: 'paused-run', to: gone }], scenario: 'pause' },
];

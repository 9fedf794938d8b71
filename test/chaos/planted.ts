import type { Edit } from './build-copy.ts';

/** A way to break the program: in a copy of it, `search` is replaced, which must stand in the file once. */
export interface PlantedBug extends Edit {
  name: string;
  also?: readonly Edit[];
  /** The scenario that is to notice. */
  scenario: string;
  kills?: number;
  urls?: number;
}

const REDIS = 'src/engine/redis';

/** Rows that do not come out even give some bugs away, and mend what they do. */
const BLIND: Edit = {
  file: 'src/collector/recovery.ts',
  search: 'return this.#logged === undefined && total !== rows;',
  replace: 'return false;',
};

const OTHER_BATCHES: Edit = {
  file: 'src/producer/pending-lines.ts',
  search: 'MAX_BATCH_LINES = 1_000;',
  replace: 'MAX_BATCH_LINES = 1_000 - (Date.now() % 997);',
};

export const PLANTED: readonly PlantedBug[] = [
  {
    name: 'a settle is believed, whoever sends it',
    file: `${REDIS}/scripts/settle.ts`,
    search: "if call('HGET', flight, '_') ~= token then",
    replace: 'if false then',
    also: [
      {
        file: `${REDIS}/scripts/settle.ts`,
        search: 'if held[index] then\n      take(held[index])',
        replace: 'if true then\n      if held[index] then take(held[index]) end',
      },
    ],
    scenario: 'worker-stop',
  },
  {
    name: 'outcomes are taken as they come, as from QueueEvents',
    file: `${REDIS}/outcome-stream.ts`,
    search: 'for (let cursor = from; !signal.aborted; ) {',
    replace: "for (let cursor = (await redis.xrevrange(stream, '+', '-', 'COUNT', 1))[0]?.[0] ?? from; !signal.aborted; ) {",
    also: [BLIND],
    scenario: 'collector-kill',
  },
  {
    name: 'the outcome stream is trimmed by length',
    file: `${REDIS}/scripts/prelude.ts`,
    search: "call('XADD', run .. 'outcomes', '*',",
    replace: "call('XADD', run .. 'outcomes', 'MAXLEN', '3', '*',",
    scenario: 'collector-kill',
  },
  {
    name: 'a torn line is not cut off',
    file: 'src/collector/run-log.ts',
    search: 'await file.truncate(kept.bytes);',
    replace: 'Object.assign(kept, { bytes: (await file.stat()).size });',
    scenario: 'collector-kill-pinned',
  },
  {
    name: 'released before it is in the log',
    file: 'src/collector/checkpoints.ts',
    search: 'await this.#release(await this.#rows.checkpoint());',
    replace: 'await this.#release(this.#rows.cursor); await new Promise((done) => setTimeout(done, 100)); await this.#rows.checkpoint();',
    scenario: 'collector-kill-pinned',
  },
  {
    name: 'a settle leaves entries in flight',
    file: `${REDIS}/scripts/settle.ts`,
    search: "  call('HDEL', flight, unpack(keys))\n",
    replace: '',
    scenario: 'worker-kill',
  },
  {
    name: 'a settle that is repeated is recorded twice',
    file: `${REDIS}/scripts/settle.ts`,
    search: 'if settled > 0 then record(lines, settled) end',
    replace: 'if #keys > 0 then record(ARGV[MARKS + 1], #keys) end',
    scenario: 'lost-replies',
  },
  {
    name: 'a batch that is pushed again counts again',
    file: `${REDIS}/scripts/push.ts`,
    search: 'if not known then',
    replace: 'if true then',
    scenario: 'lost-replies',
  },
  {
    name: 'what a dead worker held is forgotten',
    file: `${REDIS}/scripts/checkout.ts`,
    search: "call('LPUSH', run .. 'backlog:' .. value:sub(1, split - 1), key .. value:sub(split + 1))",
    replace: '',
    scenario: 'worker-kill',
  },
  {
    name: 'what is given back goes back twice',
    file: `${REDIS}/scripts/settle.ts`,
    search: "call('LPUSH', run .. 'backlog:' .. origin, key .. payload)",
    replace: "call('LPUSH', run .. 'backlog:' .. origin, key .. payload, key .. payload)",
    scenario: 'worker-rolling',
  },
  {
    name: 'one death convicts',
    file: `${REDIS}/scripts/checkout.ts`,
    search: "key, '-1 0')",
    replace: "key, '3 0')",
    scenario: 'worker-kill',
  },
  {
    name: 'no death convicts',
    file: `${REDIS}/scripts/strike.ts`,
    search: "if strikes >= most then return 'crashed' end",
    replace: '',
    scenario: 'worker-poison',
  },
  {
    name: 'a run ends before all of its batches are in',
    file: `${REDIS}/frontier.ts`,
    search: 'ended: batches === sealedAt &&',
    replace: 'ended: sealedAt !== undefined &&',
    scenario: 'redis-kill',
  },
  {
    name: 'a Redis that lost data is not noticed',
    file: 'src/collector/recovery.ts',
    search: 'return this.#logged === undefined && total !== rows;',
    replace: 'return false;',
    scenario: 'aof-cut',
  },
  {
    name: "BullMQ's default for stalled jobs, and nobody looks for what is held",
    file: `${REDIS}/janitor.ts`,
    search: 'looksAtHeld ? [...wake, ...held] : wake',
    replace: '[]',
    also: [{ file: `${REDIS}/worker-options.ts`, search: 'maxStalledCount: Number.MAX_SAFE_INTEGER', replace: 'maxStalledCount: 0' }],
    scenario: 'worker-kill',
  },
  {
    name: 'batches are cut in other places after a restart',
    ...OTHER_BATCHES,
    scenario: 'producer-kill-pinned',
  },
  {
    name: 'batches are cut in other places after a restart, and nobody compares',
    ...OTHER_BATCHES,
    also: [
      {
        file: `${REDIS}/scripts/store.ts`,
        search: "if (pushed or promised or digest) ~= digest then return redis.error_reply('CONFLICT') end",
        replace: '',
      },
      {
        file: `${REDIS}/scripts/push.ts`,
        search: "if known and known ~= digest then return redis.error_reply('CONFLICT') end",
        replace: '',
      },
    ],
    scenario: 'producer-kill-pinned',
  },
  {
    name: 'a checkpoint is ahead of what is written',
    file: 'src/collector/run-log.ts',
    search: 'const checkpoint = this.#written;',
    replace:
      "const checkpoint = { ...this.#tally, cursor: this.#cursor, bytes: this.#written.bytes + Buffer.byteLength(this.#waiting.join('')) };",
    also: [
      {
        file: 'src/collector/run-log.ts',
        search: 'this.#writing ??= this.#writeWaiting();',
        replace: 'this.#writing ??= new Promise((done) => setTimeout(done, 200)).then(() => this.#writeWaiting());',
      },
    ],
    scenario: 'collector-kill-pinned',
  },
  {
    name: 'a collector goes on that lost its claim',
    file: 'src/collector/lease.ts',
    search: 'while (!this.#holds()) await this.#renew();',
    replace: '',
    also: [
      {
        file: `${REDIS}/scripts/claim.ts`,
        search: "if holder and holder ~= ARGV[2] then return { 'held', holder } end",
        replace: "if holder and holder ~= ARGV[2] and ARGV[5] == 'fresh' then return { 'held', holder } end",
      },
      {
        file: `${REDIS}/scripts/claim.ts`,
        search: "if ARGV[5] == 'renew' and collector ~= ARGV[2] then return { 'lapsed', collector or 'nobody' } end",
        replace: '',
      },
      {
        file: `${REDIS}/scripts/release.ts`,
        search: "if call('HGET', run .. 'meta', 'collector') ~= ARGV[2] then return 0 end",
        replace: '',
      },
    ],
    scenario: 'collector-stop',
  },
  {
    name: 'errors of the disk are passed over',
    file: 'src/collector/run-log.ts',
    search: 'this.#failure ??= { error: asDiskError(this.#run, this.#path, error) };\n    return this.#failure.error;',
    replace: 'return error;',
    also: [{ file: 'src/collector/run-log.ts', search: 'throw this.#fail(error);', replace: '' }],
    scenario: 'disk',
  },
  {
    name: 'a pause is not looked at',
    file: `${REDIS}/scripts/checkout.ts`,
    search: "if meta[2] == 'paused' then return { now, 'paused', {}, 0, '', {}, others } end",
    replace: '',
    scenario: 'pause',
  },
];

import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildCopy } from './build-copy.ts';
import { runScenario } from './run-scenario.ts';
import { SCENARIOS } from './scenarios.ts';

/** A way to break the program: in a copy of it, `search` is replaced, which must stand in the file once. */
export interface PlantedBug {
  name: string;
  file: string;
  search: string;
  replace: string;
  also?: ReadonlyArray<Pick<PlantedBug, 'file' | 'search' | 'replace'>>;
  /** The scenario that is to notice. */
  scenario: string;
  kills?: number;
  urls?: number;
}

export interface PlantedResult {
  name: string;
  scenario: string;
  caught: boolean;
  problems: string[];
}

/** A run that a bug has stopped is not waited for as long as one that may only be slow. */
const END_MS = 15_000;
const ROUNDS = 3;

const REDIS = 'src/engine/redis';

/** Rows that do not come out even give some bugs away, and mend what they do. */
const BLIND = {
  file: 'src/collector/recovery.ts',
  search: 'return this.#logged === undefined && total !== rows;',
  replace: 'return false;',
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
];

/** Plants the bug in a copy, and runs its scenario until it is noticed, three times at most. */
export async function runPlanted(root: string, bug: PlantedBug, seed: number): Promise<PlantedResult> {
  const scenario = SCENARIOS.find(({ name }) => name === bug.scenario);
  if (scenario === undefined) throw new Error(`no scenario ${bug.scenario}`);
  const copy = buildCopy(root, (folder) => {
    for (const { file, search, replace } of [bug, ...(bug.also ?? [])]) {
      const path = join(folder, file);
      const source = readFileSync(path, 'utf8');
      if (source.split(search).length !== 2) throw new Error(`${bug.name}: what it replaces does not stand once in ${file}`);
      writeFileSync(
        path,
        source.replace(search, () => replace),
      );
    }
  });
  try {
    let problems: string[] = [];
    for (let round = 0; round < ROUNDS && problems.length === 0; round++) {
      const { kills, urls } = bug;
      const run = await runScenario(scenario, {
        root: copy,
        seed: seed + round,
        endMs: END_MS,
        ...(kills !== undefined && { kills }),
        ...(urls !== undefined && { urls }),
      });
      problems = run.findings.problems;
      rmSync(run.folder, { recursive: true, force: true });
    }
    return { name: bug.name, scenario: bug.scenario, caught: problems.length > 0, problems };
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

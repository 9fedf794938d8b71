import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRunFolder } from '../../src/collector/run-folder.ts';
import { parseRunOptions } from '../../src/config/run-options-schema.ts';
import { silentLog } from '../../src/core/log.ts';
import { crawl } from '../../src/crawl.ts';
import type { EngineSpec } from '../../src/engine/engine-spec.ts';
import { openEngine } from '../../src/engine/open-engine.ts';
import { openSources } from '../../src/producer/sources/open-source.ts';
import type { Task } from '../contender.ts';

/** The whole path as `trawl crawl` goes it: list, frontier, visits, log on disk; the report is rendered from that log and is not in here. */
export async function crawlWith(spec: EngineSpec, { listFile, concurrency }: Task): Promise<number> {
  const dataDir = await mkdtemp(join(tmpdir(), 'trawl-bench-'));
  const engine = await openEngine(spec, silentLog);
  try {
    const run = await engine.openRun(parseRunOptions({ hostConcurrency: concurrency }));
    const sources = await openSources([{ kind: 'file', path: listFile }], { stdin: process.stdin });
    const folder = await openRunFolder(dataDir, run);
    const worker = { concurrency, drainMs: 1_000, worker: 'bench', env: {} };
    const { books } = await crawl(engine, { run, sources, folder, worker }, silentLog, new AbortController().signal);
    if (!books.balanced || books.ok !== books.rows) throw new Error(`not a fair race: ${JSON.stringify(books)}`);
    return books.rows;
  } finally {
    await engine.close();
    await rm(dataDir, { recursive: true });
  }
}

import { describe, it } from 'node:test';
import { collect } from '../../src/collector/collect.ts';
import { collectRuns } from '../../src/collector/collect-runs.ts';
import { openRunFolder } from '../../src/collector/run-folder.ts';
import { silentLog } from '../../src/model/log.ts';
import { startRedisServer } from '../helpers/redis-server.ts';
import { RedisCrawl } from './redis-crawl.ts';
import { RUN, ScriptedEngine } from './scripted-engine.ts';
import { tempDir, until } from './temp-dir.ts';

/** Resolves when the collector has ended. A collector that ignores the stop never ends. */
const ended = (collecting: Promise<unknown>) => collecting.catch(() => {});

describe('a stop while the engine is away', { concurrency: true }, () => {
  it('ends a collector that is waiting for the claim', async (t) => {
    const server = await startRedisServer();
    t.after(() => server.stop());
    const crawl = await RedisCrawl.open(t, server.url);
    const folder = await openRunFolder(await tempDir(t), RUN);
    const stop = new AbortController();
    await crawl.settle(100);
    await server.kill();
    const collecting = collect(crawl.engine, RUN, folder, {}, silentLog, stop.signal);
    collecting.catch(() => {});
    stop.abort();
    await ended(collecting);
  });

  it('ends a collector that is reading, and one that is saving', async (t) => {
    const server = await startRedisServer();
    t.after(() => server.stop());
    const crawl = await RedisCrawl.open(t, server.url);
    const folder = await openRunFolder(await tempDir(t), RUN);
    const stop = new AbortController();
    await crawl.settle(100);
    let rows = 0;
    const onBatch = (lines: readonly string[]) => {
      rows += lines.length;
    };
    const collecting = collect(crawl.engine, RUN, folder, { checkpointMs: 5, onBatch }, silentLog, stop.signal);
    collecting.catch(() => {});
    await until(() => rows === 100, 'the rows that there are');
    await server.kill();
    stop.abort();
    await ended(collecting);
  });

  for (const silent of ['claim', 'release', 'counts', 'options'] as const) {
    it(`ends a collector while the engine does not answer ${silent}`, async (t) => {
      const engine = new ScriptedEngine({ rows: 100, settled: 60 });
      const folder = await openRunFolder(await tempDir(t), RUN);
      const stop = new AbortController();
      let asked = false;
      engine[silent] = async () => {
        asked = true;
        return new Promise<never>(() => {});
      };
      const collecting = collect(engine, RUN, folder, { checkpointMs: 5 }, silentLog, stop.signal);
      collecting.catch(() => {});
      await until(() => asked, silent);
      stop.abort();
      await ended(collecting);
    });
  }

  it('ends a service that is asking for the runs', async (t) => {
    const engine = new ScriptedEngine({ rows: 0 });
    let asked = false;
    engine.runs = async () => {
      asked = true;
      return new Promise<never>(() => {});
    };
    const stop = new AbortController();
    const serving = collectRuns(engine, await tempDir(t), silentLog, stop.signal);
    await until(() => asked, 'the question');
    stop.abort();
    await ended(serving);
  });
});

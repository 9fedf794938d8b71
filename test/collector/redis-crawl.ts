import { randomUUID } from 'node:crypto';
import type { TestContext } from 'node:test';
import type { Engine } from '../../src/engine/engine.ts';
import { keysFor } from '../../src/engine/redis/keys.ts';
import { openRedisEngine } from '../../src/engine/redis/redis-engine.ts';
import { silentLog } from '../../src/model/log.ts';
import { batchOf, done, startCrew, urls } from '../contracts/crew.ts';
import { OPTIONS, RUN } from './scripted-engine.ts';
import { until } from './temp-dir.ts';

/** A run on a Redis whose URLs all succeed at once. */
export class RedisCrawl {
  readonly engine: Engine;
  readonly prefix: string;
  readonly #url: string;
  #batches = 0;

  private constructor(engine: Engine, url: string, prefix: string) {
    this.engine = engine;
    this.prefix = prefix;
    this.#url = url;
  }

  static async open(t: TestContext, url: string): Promise<RedisCrawl> {
    const prefix = `collect-${randomUUID()}`;
    const engine = await openRedisEngine({ url, prefix, patience: 'always' }, silentLog);
    t.after(() => engine.close());
    await engine.openRun(OPTIONS, RUN);
    return new RedisCrawl(engine, url, prefix);
  }

  /** Adds this many outcomes to the run. */
  async settle(rows: number): Promise<void> {
    const { settled } = await this.engine.counts(RUN);
    // For Redis, this is a separate process: its workers end with it.
    const engine = await openRedisEngine({ url: this.#url, prefix: this.prefix, patience: 'always' }, silentLog);
    const crew = startCrew(engine, async (entry, visit) => done(visit, entry));
    await engine.submit(RUN, batchOf(this.#batches, urls(rows, `host-${this.#batches}.test`), settled + 1));
    this.#batches++;
    await until(async () => (await engine.counts(RUN)).settled === settled + rows, `${rows} more outcomes`);
    await crew.stop();
    await engine.close();
  }

  key(name: 'lease' | 'outcomes'): string {
    return `${keysFor(this.prefix).base}run:${RUN}:${name}`;
  }

  async seal(): Promise<void> {
    await this.engine.seal(RUN, this.#batches);
  }
}

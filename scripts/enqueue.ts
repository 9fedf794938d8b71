/**
 * `npm run enqueue -- urls.txt`: a small producer that you can copy. It reads a list, opens a run on Redis, submits every line, seals the run and prints its id.
 * `trawl enqueue` does the same, and has many more options.
 */

import { openEngine } from '../src/engine/open-engine.ts';
import { silentLog } from '../src/model/log.ts';
import { readDotenv } from '../src/options/read-dotenv.ts';
import { parseRunOptions } from '../src/options/run-options-schema.ts';
import { produce } from '../src/producer/produce.ts';
import { openSources } from '../src/producer/sources/open-source.ts';

const env: Record<string, string | undefined> = { ...readDotenv('.'), ...process.env };

async function enqueue(path: string, redisUrl: string): Promise<string> {
  const sources = await openSources([{ kind: 'file', path }], process);
  const engine = await openEngine({ kind: 'redis', url: redisUrl, prefix: env.TRAWL_PREFIX || 'trawl', patience: 'none' }, silentLog);
  try {
    // All other options have their defaults. src/model/run-options.ts lists them.
    const run = await engine.openRun(parseRunOptions({ hostConcurrency: 10, timeoutMs: 30_000 }));
    const { batches } = await produce(engine, run, sources, {}, new AbortController().signal);
    await engine.seal(run, batches);
    await engine.confirm();
    return run;
  } finally {
    await engine.close();
  }
}

const [path] = process.argv.slice(2);
try {
  if (path === undefined) throw new Error('usage: npm run enqueue -- urls.txt');
  const run = await enqueue(path, env.TRAWL_REDIS_URL || env.REDIS_URL || 'redis://127.0.0.1:6379');
  process.stdout.write(`${run}\n`);
} catch (error) {
  process.stderr.write(`enqueue: ${(error as Error).message}\n`);
  process.exitCode = 1;
}

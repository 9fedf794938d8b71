/** A process that works on an engine, reads its outcomes, prints `at work`, and closes the engine on request. After that nothing keeps it alive. */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { openRedisEngine } from '../../../src/engine/redis/redis-engine.ts';
import { silentLog } from '../../../src/model/log.ts';
import { batchOf, done, runOptions, startCrew, urls } from '../../contracts/crew.ts';

const [url = ''] = process.argv.slice(2);
const engine = await openRedisEngine({ url, prefix: 'closed', patience: 'always' }, silentLog);
const run = await engine.openRun(runOptions());
await engine.submit(run, batchOf(0, urls(1_000)));
const stop = new AbortController();
const crew = startCrew(engine, async (entry, visit) => {
  await sleep(20);
  return done(visit, entry);
});
const reading = (async () => {
  for await (const _ of engine.outcomes(run, '', stop.signal)) process.stdout.write('at work\n');
})();
await once(process.stdin, 'data');
process.stdin.destroy();
stop.abort();
await crew.stop();
await reading;
await engine.close();
process.stdout.write('closed\n');

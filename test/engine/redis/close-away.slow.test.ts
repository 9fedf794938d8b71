import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openRedisEngine } from '../../../src/engine/redis/redis-engine.ts';
import { silentLog } from '../../../src/model/log.ts';
import { batchOf, collectAll, done, runOptions, startCrew, until, urls } from '../../contracts/crew.ts';
import { startRedisServer } from '../../helpers/redis-server.ts';
import { TYPESCRIPT_FLAGS } from '../../helpers/typescript-flags.ts';

const CHILD = fileURLToPath(new URL('./close-child.ts', import.meta.url));

describe('closing while Redis is away', { concurrency: true }, () => {
  test('an engine that is closed while Redis is away lets its process exit', async (t) => {
    const server = await startRedisServer();
    t.after(() => server.stop());
    const child = spawn(process.execPath, [...TYPESCRIPT_FLAGS, CHILD, server.url], { stdio: 'pipe' });
    t.after(() => child.kill('SIGKILL'));
    let [out, err] = ['', ''];
    child.stdout.on('data', (chunk) => {
      out += chunk;
    });
    child.stderr.on('data', (chunk) => {
      err += chunk;
    });
    await until(() => out.includes('at work'), 'the child to be at work');
    await server.kill();
    child.stdin.write('stop\n');
    await until(() => out.includes('closed'), 'the engine to be closed');
    let ended = false;
    void once(child, 'exit').then(() => {
      ended = true;
    });
    // BullMQ's own timers would keep the process alive for up to 30 s.
    await until(() => ended, 'the process to end');
    assert.deepEqual([child.exitCode, err], [0, '']);
  });

  test('a worker stopped while Redis is away settles what it fetched if Redis returns in time', async (t) => {
    const args = ['--appendonly', 'yes'];
    const server = await startRedisServer({ args });
    t.after(() => server.stop());
    const engine = await openRedisEngine({ url: server.url, prefix: 'stopped', patience: 'always' }, silentLog);
    t.after(() => engine.close());
    const run = await engine.openRun(runOptions());
    await engine.submit(run, batchOf(0, urls(5)));
    await engine.seal(run, 1);
    let [fetching, fetched] = [0, 0];
    let answer = () => {};
    const answered = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const crew = startCrew(engine, async (entry, visit) => {
      fetching++;
      await answered;
      fetched++;
      return done(visit, entry);
    });
    await until(() => fetching === 5, 'all to be fetched');
    await server.kill();
    const stopping = crew.stop();
    answer();
    const again = await startRedisServer({ args, dir: server.dir, port: server.port });
    t.after(() => again.stop());
    await stopping;
    assert.equal((await collectAll(engine, run)).outcomes.length, 5);
    assert.deepEqual([fetching, fetched], [5, 5]);
  });

  test('a worker stopped while Redis is away gives back what it has not fetched by the time Redis returns', async (t) => {
    const args = ['--appendonly', 'yes'];
    const server = await startRedisServer({ args });
    t.after(() => server.stop());
    const engine = await openRedisEngine({ url: server.url, prefix: 'stopped', patience: 'always' }, silentLog);
    t.after(() => engine.close());
    const run = await engine.openRun(runOptions());
    await engine.submit(run, batchOf(0, urls(1)));
    const crew = startCrew(engine, async (_, visit) => {
      await once(visit.signal, 'abort');
      return { kind: 'back' };
    });
    await until(() => crew.fetches.length === 1, 'the fetch');
    await server.kill();
    await sleep(100);
    const stopping = crew.stop();
    const again = await startRedisServer({ args, dir: server.dir, port: server.port });
    t.after(() => again.stop());
    await stopping;
    assert.equal((await engine.counts(run)).inFlight, 0);
  });
});

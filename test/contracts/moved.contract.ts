import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Ending } from '../../src/engine/ending.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { type Entry, movedTo } from '../../src/model/entry.ts';
import type { Outcome } from '../../src/model/outcome.ts';
import type { RunOptions } from '../../src/model/run-options.ts';
import { startSite } from '../helpers/site.ts';
import { crawlLinks, startWorker } from '../worker/crawl-links.ts';
import { batchOf, collectAll, done, type FetchEntry, runOptions, sorted, startCrew, until } from './crew.ts';

/** Tests for redirected entries, on every engine. Engines from one `open` share a deployment that nothing else uses. */
export function movedContract(name: string, open: () => Promise<[Engine, ...Engine[]]>): void {
  describe(`${name}: a redirect`, () => {
    let engines: [Engine, ...Engine[]];
    before(async () => {
      engines = await open();
    });
    after(() => Promise.all(engines.map((each) => each.close())));

    async function crawl(lines: readonly string[], fetchEntry: FetchEntry, changes: Partial<RunOptions> = {}, concurrency = 10) {
      const [engine] = engines;
      const run = await engine.openRun(runOptions(changes));
      const crew = startCrew(engine, fetchEntry, { concurrency });
      await engine.submit(run, batchOf(0, lines));
      await engine.seal(run, 1);
      try {
        const { outcomes } = await collectAll(engine, run);
        return { outcomes, crew, counts: await engine.counts(run) };
      } finally {
        await crew.stop();
      }
    }

    it("makes its entry wait at the target origin, within the target's concurrency, and costs no retry", async () => {
      const lines = sources(40, 'many.test');
      const seen: Entry[] = [];
      const { outcomes, crew, counts } = await crawl(
        lines,
        async (entry, visit) => {
          if (entry.chain === undefined) return moved(entry, `http://one.test/${entry.line}?q#part`);
          seen.push(entry);
          await new Promise(setImmediate);
          return done(visit, entry);
        },
        { hostConcurrency: 2 },
        20,
      );
      assert.deepEqual(sorted(outcomes), [...lines].sort());
      assert.equal(crew.mostAtOnce('http://one.test') <= 2, true);
      assert.deepEqual([counts.settled, counts.ok, counts.retries, counts.inFlight, counts.ended], [40, 40, 0, 0, true]);
      for (const entry of seen) {
        assert.deepEqual([entry.url, entry.origin, entry.attempts], [lines[(entry.line ?? 0) - 1], 'http://one.test', 0]);
        assert.deepEqual(entry.chain, chainFrom(entry.url, `http://one.test/${entry.line}?q#part`));
      }
    });

    for (const robots of [false, true]) {
      it(`from our own https default falls back to http if no https connection succeeds (robots: ${robots})`, async (t) => {
        const asked: string[] = [];
        const site = await startSite((request, response) => {
          asked.push(`${request.url} ${request.headers.authorization}`);
          response.writeHead(request.url === '/robots.txt' ? 404 : 200).end('ok');
        });
        t.after(() => site.close());
        const at = `localhost:${site.port}`;
        const changes = { scheme: 'auto', robots, headers: [['Authorization', 'secret']], retries: 0 } as const;
        const { rows } = await crawlLinks([`${at}/bare`, `http://${at}/written`], changes, { engine: engines[0] });
        const seen = rows.map(({ url, input, finalUrl, redirects, status, ok }) => [url, input, finalUrl, redirects, status, ok]);
        assert.deepEqual(seen.sort(), [
          [`http://${at}/written`, undefined, undefined, undefined, 200, true],
          [`https://${at}/bare`, `${at}/bare`, `http://${at}/bare`, undefined, 200, true],
        ]);
        // A secret for https must not travel in the clear.
        assert.deepEqual(asked.filter((request) => !request.startsWith('/robots')).sort(), ['/bare undefined', '/written secret']);
      });
    }

    it('waits for the interval of its target', async () => {
      const intervalMs = 60;
      const { crew } = await crawl(
        sources(5, 'paced.test'),
        async (entry, visit) => {
          visit.started(entry, intervalMs);
          return entry.chain === undefined ? moved(entry, 'http://pace.test/') : done(visit, entry);
        },
        { hostIntervalMs: intervalMs },
      );
      const starts = crew.fetches.filter(({ origin }) => origin === 'http://pace.test').map(({ startMs }) => startMs);
      assert.equal(starts.length, 5);
      for (const [index, startMs] of starts.slice(1).entries()) {
        const gapMs = startMs - (starts[index] as number);
        assert.ok(gapMs >= intervalMs - 5, `${gapMs} ms apart`);
      }
    });

    it('between two origins that redirect to each other blocks neither', async () => {
      const hops = 6;
      const lines = ['http://ping.test/1', 'http://pong.test/2', 'http://ping.test/3', 'http://pong.test/4'];
      const { outcomes, counts } = await crawl(
        lines,
        async (entry, visit) => {
          if (entry.chain?.redirects.length === hops) return done(visit, entry);
          const there = entry.origin === 'http://ping.test' ? 'http://pong.test' : 'http://ping.test';
          return moved(entry, `${there}/${entry.line}`);
        },
        { hostConcurrency: 1 },
        2,
      );
      assert.deepEqual([sorted(outcomes), counts.ended], [[...lines].sort(), true]);
    });

    it('continues while its visit is still busy with a slow request', async () => {
      let arrive = () => {};
      const arrived = new Promise<void>((resolve) => {
        arrive = resolve;
      });
      const { outcomes } = await crawl(['http://quick.test/', 'http://slow.test/'], async (entry, visit) => {
        if (entry.origin === 'http://slow.test') await arrived;
        else if (entry.chain === undefined) return moved(entry, 'http://there.test/');
        else arrive();
        return done(visit, entry);
      });
      assert.equal(outcomes.length, 2);
    });

    it('is followed again by a retry, which waits at the original origin', async () => {
      const seen: Array<[origin: string, attempts: number]> = [];
      const { counts } = await crawl(['http://home.test/'], async (entry, visit) => {
        seen.push([entry.origin, entry.attempts]);
        if (entry.chain === undefined) return moved(entry, 'http://away.test/');
        if (entry.attempts > 0) return done(visit, entry);
        const { chain: _, ...first } = entry;
        return { kind: 'retry', afterMs: 1, entry: { ...first, origin: 'http://home.test', attempts: 1 } };
      });
      const [home, away] = ['http://home.test', 'http://away.test'];
      assert.deepEqual(seen, [
        [home, 0],
        [away, 0],
        [home, 1],
        [away, 1],
      ]);
      assert.equal(counts.retries, 1);
    });

    it('resumes at its last target after its visit gave the entry back', async () => {
      const [engine, other = engine] = engines;
      const run = await engine.openRun(runOptions());
      await engine.submit(run, batchOf(0, ['http://left.test/']));
      await engine.seal(run, 1);
      let hops = 0;
      const first = startCrew(engine, async (entry) => {
        if (entry.chain === undefined) return moved(entry, 'http://right.test/');
        hops++;
        await new Promise((resolve) => setTimeout(resolve, 5));
        return { kind: 'back' };
      });
      await until(() => hops > 0, 'the second request');
      await first.stop();
      const origins: string[] = [];
      const second = startCrew(other, async (entry, visit) => {
        origins.push(entry.origin);
        return done(visit, entry);
      });
      const { outcomes } = await collectAll(engine, run);
      await second.stop();
      assert.deepEqual([outcomes.length, origins], [1, ['http://right.test']]);
    });

    it('that is waiting when its run is cancelled appears in the outcome', async () => {
      const [engine] = engines;
      const run = await engine.openRun(runOptions({ hostConcurrency: 1 }));
      await engine.submit(run, batchOf(0, ['http://busy.test/', 'http://from.test/1']));
      await engine.seal(run, 1);
      let movedOn = false;
      let release = () => {};
      const released = new Promise<void>((resolve) => {
        release = resolve;
      });
      const crew = startCrew(engine, async (entry, visit) => {
        if (entry.origin === 'http://busy.test') {
          await released;
          return done(visit, entry);
        }
        await until(() => crew.fetches.some(({ origin }) => origin === 'http://busy.test'), 'the busy origin');
        movedOn = true;
        return moved(entry, 'http://busy.test/there');
      });
      await until(async () => movedOn && (await engine.counts(run)).inFlight === 1, 'the entry to move');
      await engine.cancel(run);
      release();
      const { outcomes } = await collectAll(engine, run);
      await crew.stop();
      const row = outcomes.find(({ verdict }) => verdict === 'cancelled');
      assert.deepEqual([outcomes.length, row?.url, row?.finalUrl, row?.attempts], [2, 'http://from.test/1', 'http://busy.test/there', 1]);
      assert.deepEqual(row?.redirects, [{ status: 302, url: 'http://from.test/1' }]);
    });

    it('from many sites to one is followed politely by real workers, robots.txt included, and recorded in the rows', async (t) => {
      const target = await startSite((request, response) => {
        const answer = () => response.end(request.url === '/robots.txt' ? 'User-agent: *\nDisallow: /private\n' : 'there');
        setTimeout(answer, 5);
      });
      t.after(() => target.close());
      const hosts = Array.from({ length: 12 }, (_, index) => `127.0.0.${index + 10}`);
      const from = await Promise.all(
        hosts.map((host, index) => {
          const to = { '/robots.txt': '/robots.txt', '/p': `/private${index}` };
          return startSite({
            host,
            handler: (request, response) => {
              response.writeHead(302, { location: target.origin + (to[request.url as keyof typeof to] ?? `/${index}`) }).end('moved');
            },
          });
        }),
      );
      t.after(() => Promise.all(from.map((site) => site.close())));
      const seeds = from.flatMap(({ origin }) => [`${origin}/`, `${origin}/p`]);
      const options = { robots: true, hostConcurrency: 2, privateAddresses: 'allow' } as const;
      const [engine, ...others] = engines;
      const { rows, row } = await crawlLinks(seeds, options, { engine, others, concurrency: 12 });
      assert.equal(rows.length, seeds.length);
      assert.ok(target.maxInProgress <= 2, `${target.maxInProgress} at once`);
      for (const [index, { origin }] of from.entries()) {
        assert.deepEqual(told(row(`${origin}/`)), ['ok', 200, `${target.origin}/${index}`, [{ status: 302, url: `${origin}/` }], 1]);
        const refused = told(row(`${origin}/p`));
        assert.deepEqual(refused, ['robots', 302, `${target.origin}/private${index}`, [{ status: 302, url: `${origin}/p` }], 1]);
        assert.equal(row(`${origin}/p`)?.error?.code, 'ROBOTS_DISALLOWED');
      }
      assert.equal(target.hits.filter(({ path }) => path.startsWith('/private')).length, 0);
    });

    it('with credentials is followed with them by any worker', async (t) => {
      const target = await startSite((request, response) => {
        response.statusCode = request.headers.authorization === `Basic ${btoa('user:opensesame')}` ? 200 : 401;
        response.end();
      });
      const [start, other] = await Promise.all(
        ['127.0.0.30', '127.0.0.31'].map((host) =>
          startSite({
            host,
            handler: (_request, response) => {
              response.writeHead(302, { location: target.origin.replace('//', '//user:opensesame@') }).end();
            },
          }),
        ),
      );
      t.after(() => Promise.all([target, start, other].map((site) => site?.close())));
      const [engine, ...others] = engines;
      const seeds = [`${start?.origin}/`, `${other?.origin}/`];
      const { rows, logged } = await crawlLinks(seeds, { privateAddresses: 'allow' }, { engine, others });
      assert.deepEqual(
        rows.map(({ status, finalUrl }) => [status, finalUrl]),
        Array(2).fill([200, `${target.origin}/`]),
      );
      assert.doesNotMatch(JSON.stringify([rows, logged]), /opensesame/);
    });

    it('after a request that must not be repeated uses the required method, and does not resend that request', async (t) => {
      const posts: Array<[path: string, method: string, body: string]> = [];
      const target = await startSite((request, response) => {
        let body = '';
        request.on('data', (chunk) => {
          body += String(chunk);
        });
        request.on('end', () => {
          posts.push([request.url ?? '', request.method ?? '', body]);
          response.statusCode = request.url === '/broken' ? 503 : 200;
          response.end();
        });
      });
      const start = await startSite({
        host: '127.0.0.40',
        handler: (request, response) => {
          const status = request.url === '/same' ? 307 : 303;
          response.writeHead(status, { location: `${target.origin}${request.url}` }).end();
        },
      });
      t.after(() => Promise.all([target.close(), start.close()]));
      const [engine] = engines;
      const stop = new AbortController();
      const working = startWorker(engine, stop.signal);
      const run = await engine.openRun(runOptions({ privateAddresses: 'allow' }));
      const records = ['/same', '/other', '/broken'].map((path) =>
        JSON.stringify({ url: start.origin + path, method: 'POST', body: 'payload' }),
      );
      await engine.submit(run, { ...batchOf(0, records), format: 'records' });
      await engine.seal(run, 1);
      const { outcomes } = await collectAll(engine, run);
      stop.abort();
      await working;
      assert.deepEqual(
        outcomes.map(({ url, method, status, attempts }) => [url.slice(start.origin.length), method, status, attempts]).sort(),
        [
          ['/broken', 'POST', 503, 1],
          ['/other', 'POST', 200, 1],
          ['/same', 'POST', 200, 1],
        ],
      );
      assert.deepEqual(posts.sort(), [
        ['/broken', 'GET', ''],
        ['/other', 'GET', ''],
        ['/same', 'POST', 'payload'],
      ]);
      assert.equal(start.hits.length, 3);
    });
  });
}

function told(row: Outcome | undefined): unknown[] {
  return [row?.verdict, row?.status, row?.finalUrl, row?.redirects, row?.attempts];
}

function sources(count: number, domain: string): string[] {
  return Array.from({ length: count }, (_, index) => `http://s${index}.${domain}/`);
}

function chainFrom(from: string, to: string) {
  return { home: new URL(from).origin, url: to, redirects: [{ status: 302, url: from }], requests: 1, startedAtMs: 1, usedMs: 2 };
}

function moved(entry: Entry, to: string): Ending {
  const before = entry.chain?.redirects ?? [];
  const chain = chainFrom(entry.url, to);
  return { kind: 'moved', entry: movedTo(entry, { ...chain, redirects: [...before, ...chain.redirects] }) };
}

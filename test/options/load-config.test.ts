import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UsageError } from '../../src/model/errors.ts';
import { COMMANDS } from '../../src/options/commands.ts';
import { loadConfig } from '../../src/options/load-config.ts';
import type { GivenFlag } from '../../src/options/option-name.ts';
import type { OptionSpec } from '../../src/options/option-spec.ts';
import { OPTIONS, type OptionKey, optionsOf } from '../../src/options/option-table.ts';
import { HOMEPAGE, VERSION } from '../../src/options/product.ts';

const flag = (key: OptionKey, text = ''): GivenFlag => ({ key, text });
const REDIS = { TRAWL_REDIS_URL: 'redis://127.0.0.1:6379' };

test('without any settings, the defaults of the table apply', () => {
  const { run, process, report } = loadConfig('crawl', [], {});
  assert.deepEqual(run, {
    hostConcurrency: 10,
    hostIntervalMs: 0,
    timeoutMs: 30_000,
    connectTimeoutMs: 10_000,
    retries: 2,
    maxRedirects: 10,
    maxBodyBytes: 10_000_000,
    method: 'GET',
    headers: [],
    userAgent: `trawl/${VERSION} (+${HOMEPAGE})`,
    accept: [[200, 299]],
    privateAddresses: 'seeds',
    insecure: false,
    auth: [],
    mapTimeoutMs: 10_000,
    depth: 0,
    links: 'pages',
    scope: 'host',
    include: [],
    exclude: [],
    stripParams: [],
    checkExternal: false,
    checkNofollow: false,
    maxUrlsPerHost: 100_000,
    maxPathSegments: 32,
    robots: false,
    fragments: false,
    excludeFragments: [],
    keepSkipped: false,
  });
  assert.deepEqual(process, {
    concurrency: 10,
    processes: 'auto',
    drainMs: 20_000,
    maps: '.',
    prefix: 'trawl',
    lockMs: 10_000,
    stalledCheckMs: 5_000,
    traceFetches: 'all',
    dataDir: '.trawl/runs',
    excludePaths: [],
    listUrls: [],
    fromUrls: [],
    sitemapUrls: [],
    work: true,
    seal: true,
    verbosity: 'normal',
    progress: true,
    logFormat: 'text',
  });
  const { gates, ...others } = report;
  assert.deepEqual(others, {
    targets: [{ format: 'table' }],
    order: 'completion',
    statusFormat: 'table',
    referrers: false,
    asksForReferrers: false,
    everyRow: false,
    color: 'auto',
    showSkipped: false,
    gated: false,
  });
  assert.deepEqual([gates.maxFailures, gates.maxLatency], [{ kind: 'count', count: 0 }, []]);
  assert.equal(gates.failOn.has('timeout') && !gates.failOn.has('robots') && !gates.failOn.has('ok'), true);
});

test('flags override the environment, and the last value of a flag counts', () => {
  const environment = { TRAWL_CONCURRENCY: '20' };
  assert.equal(loadConfig('crawl', [], environment).process.concurrency, 20);
  assert.equal(loadConfig('crawl', [flag('concurrency', '30')], environment).process.concurrency, 30);
  assert.equal(loadConfig('crawl', [flag('concurrency', '30'), flag('concurrency', '40')], environment).process.concurrency, 40);
});

test('--scheme is stored with the run if it is given', () => {
  assert.equal(loadConfig('crawl', [], {}).run.scheme, undefined);
  assert.equal(loadConfig('crawl', [flag('scheme', 'auto')], {}).run.scheme, 'auto');
  assert.throws(() => loadConfig('crawl', [flag('scheme', 'ftp')], {}), /--scheme/);
});

test('the values of a repeatable flag are combined', () => {
  const { run } = loadConfig('crawl', [flag('headers', 'A: 1'), flag('headers', 'B: 2')], {});
  assert.deepEqual(run.headers, [
    ['A', '1'],
    ['B', '2'],
  ]);
});

test('an empty variable counts as not set', () => {
  assert.equal(loadConfig('crawl', [], { TRAWL_CONCURRENCY: '', TRAWL_REDIS_URL: '' }).process.concurrency, 10);
  assert.equal(loadConfig('crawl', [], { TRAWL_REDIS_URL: '' }).process.redisUrl, undefined);
});

test('environment variables do not set run options', () => {
  const everything = Object.fromEntries(
    Object.keys(OPTIONS).map((key) => [`TRAWL_${key.replaceAll(/[A-Z]/g, '_$&').toUpperCase()}`, '77']),
  );
  for (const [key, spec] of Object.entries<OptionSpec>(OPTIONS)) {
    if (spec.scope === 'run') assert.equal(spec.env, undefined, `${key} is read from the environment`);
  }
  assert.equal(loadConfig('worker', [], { ...REDIS, TRAWL_TIMEOUT: everything.TRAWL_TIMEOUT_MS ?? '1s' }).run.timeoutMs, 30_000);
});

test('crawl does not read REDIS_URL; the commands that need Redis do, after TRAWL_REDIS_URL', () => {
  const shared = { REDIS_URL: 'redis://shared' };
  assert.equal(loadConfig('crawl', [], shared).process.redisUrl, undefined);
  for (const command of ['enqueue', 'worker', 'collect', 'status'] as const) {
    assert.equal(loadConfig(command, [], shared).process.redisUrl, 'redis://shared');
    assert.equal(loadConfig(command, [], { ...shared, TRAWL_REDIS_URL: 'redis://ours' }).process.redisUrl, 'redis://ours');
  }
});

test('a command that needs Redis says so if it is not given', () => {
  for (const command of ['enqueue', 'worker', 'collect', 'status'] as const) {
    assert.throws(() => loadConfig(command, [], {}), { name: 'UsageError', message: new RegExp(`^${command} needs Redis: give --redis`) });
  }
  assert.doesNotThrow(() => loadConfig('report', [], {}));
  assert.throws(() => loadConfig('crawl', [flag('noWork')], {}), /--no-work .* add --redis URL/);
  assert.doesNotThrow(() => loadConfig('crawl', [flag('noWork')], REDIS));
});

test('all problems are reported at once, each with the name of its setting', () => {
  const flags = [
    flag('timeoutMs', '5'),
    flag('retries', '-1'),
    flag('headers', 'nonsense'),
    flag('format', 'xml'),
    flag('quiet'),
    flag('verbose'),
  ];
  assert.throws(
    () => loadConfig('crawl', flags, { TRAWL_CONCURRENCY: 'many' }),
    (error: unknown) => {
      assert.ok(error instanceof UsageError);
      const lines = error.message.split('\n');
      assert.equal(lines[0], '6 problems:');
      for (const start of ['--timeout:', '--retries:', '--header:', '--format:', 'TRAWL_CONCURRENCY:', '--quiet and --verbose']) {
        assert.equal(lines.filter((line) => line.trim().startsWith(start)).length, 1, `${start} in ${error.message}`);
      }
      return true;
    },
  );
});

test('a worker ignores variables that are for other commands', () => {
  assert.doesNotThrow(() => loadConfig('status', [], { ...REDIS, TRAWL_CONCURRENCY: 'many' }));
});

test('the ceiling on private addresses can be set only in the environment', () => {
  assert.equal(loadConfig('worker', [], { ...REDIS, TRAWL_PRIVATE: 'deny' }).process.privateCeiling, 'deny');
  const { run, process } = loadConfig('crawl', [flag('privateAddresses', 'allow')], { TRAWL_PRIVATE: 'deny' });
  assert.deepEqual([run.privateAddresses, process.privateCeiling], ['allow', 'deny']);
});

test('-f and -o are paired in the order in which they are written', () => {
  const flags = [flag('format', 'json'), flag('output', 'r.json'), flag('format', 'table')];
  assert.deepEqual(loadConfig('crawl', flags, {}).report.targets, [{ format: 'json', output: 'r.json' }, { format: 'table' }]);
});

test('a report can show what a crawl recorded about its links, and --show-skipped makes a crawl record them', () => {
  const { report } = loadConfig('report', [flag('referrers'), flag('showSkipped')], {});
  assert.deepEqual([report.referrers, report.showSkipped, report.gated], [true, true, false]);
  assert.equal(loadConfig('crawl', [flag('showSkipped')], {}).run.keepSkipped, true);
});

test('the loaded configuration is frozen at every level', () => {
  const config = loadConfig('crawl', [flag('headers', 'A: 1')], {});
  assert.throws(() => Object.assign(config.run, { retries: 5 }), TypeError);
  assert.throws(() => Object.assign(config.run.headers[0] ?? {}, { 0: 'B' }), TypeError);
  assert.throws(() => Object.assign(config.report.targets[0] ?? {}, { format: 'csv' }), TypeError);
});

test('a watch has its own defaults for some options, and given values override them', () => {
  const { run, watch } = loadConfig('watch', [], {});
  assert.deepEqual([run.timeoutMs, run.retries], [10_000, 0]);
  assert.deepEqual(watch, { everyMs: 30_000, confirm: 2, certificateDays: 14, format: 'text' });
  const given = loadConfig('watch', [flag('timeoutMs', '5s'), flag('retries', '1'), flag('times', '3'), flag('watchFormat', 'json')], {});
  assert.deepEqual([given.run.timeoutMs, given.run.retries, given.watch.times, given.watch.format], [5_000, 1, 3, 'json']);
  assert.throws(() => loadConfig('watch', [flag('everyMs', '50ms')], {}), /--every: "50ms" is too short: the minimum is 100ms/);
});

test('every default can be parsed, and no command has two options of one name', () => {
  for (const [key, spec] of Object.entries<OptionSpec>(OPTIONS)) {
    assert.ok(spec.flag !== undefined || spec.env !== undefined, `${key} cannot be set`);
    for (const text of [spec.default, ...Object.values(spec.otherDefaults ?? {})])
      if (text !== undefined) assert.equal(spec.parse(text).ok, true, key);
  }
  for (const command of COMMANDS) {
    const names = optionsOf(command).flatMap(([, { flag: long, short }]) => [long, short].filter((name) => name !== undefined));
    assert.equal(new Set(names).size, names.length, command);
  }
});

test('links are followed by GET only, and robots.txt is obeyed or not', () => {
  for (const method of ['POST', 'HEAD']) {
    const flags = [flag('depth', '2'), flag('method', method)];
    assert.throws(
      () => loadConfig('crawl', flags, {}),
      new UsageError(`--depth needs GET, because links are found in the bodies of pages: leave out --method ${method}`),
    );
  }
  assert.throws(() => loadConfig('crawl', [flag('robots'), flag('noRobots')], {}), /--robots and --no-robots contradict each other/);
  const robots = (...flags: GivenFlag[]) => loadConfig('crawl', flags, {}).run.robots;
  assert.deepEqual(
    [robots(), robots(flag('depth', '1')), robots(flag('robots')), robots(flag('depth', 'all'), flag('noRobots'))],
    [false, true, true, false],
  );
});

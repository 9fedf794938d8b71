import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { LOG_EVENTS } from '../../src/model/log-events.ts';
import { startSite } from '../helpers/site.ts';
import { until } from '../helpers/until.ts';
import { type CliOptions, runCli, scratchFolder, startCli } from './run-cli.ts';

/** All of stderr as records. Throws at a line that is not JSON, or whose event is not documented. */
function records(stderr: string): Array<{ level: string; msg: string }> {
  const lines = stderr.split('\n').slice(0, -1);
  assert.ok(stderr === '' || stderr.endsWith('\n'), stderr);
  return lines.map((line) => {
    const { level, time, event = '', msg } = JSON.parse(line) as Record<string, string>;
    assert.ok(event in LOG_EVENTS, line);
    assert.match(time ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    return { level: level ?? '', msg: msg ?? '' };
  });
}

const LOUD_MODULE = `
console.log('on stdout');
console.error('on stderr\\nin two lines');
export function map() { process.emitWarning('a warning of the module'); return 1; }
`;

/** Runs code in the command's process once the command listens for Node's warnings. */
const onceListening = (code: string) => `
const timer = setInterval(() => {
  if (process.listenerCount('uncaughtException') === 0) return;
  clearInterval(timer);
  ${code};
}, 5);
`;

async function folder(t: test.TestContext): Promise<CliOptions & { env: Record<string, string> }> {
  return { cwd: await scratchFolder(t), env: { TRAWL_LOG: 'json' } };
}

test('with TRAWL_LOG=json, everything that a command writes to stderr is JSON lines', async (t) => {
  const site = await startSite();
  t.after(() => site.close());
  const options = await folder(t);
  await writeFile(join(options.cwd, 'loud.mjs'), LOUD_MODULE);
  await writeFile(
    join(options.cwd, 'faulty.mjs'),
    onceListening("process.emitWarning('a warning of Node'); console.warn('%s warns', 'a library')"),
  );

  await t.test('usage errors', async () => {
    for (const args of [['--no-such-option'], ['crawll'], ['-c', '0', 'x'], ['gone.txt'], ['report', 'gone'], ['status']]) {
      const { code, stderr } = await runCli(args, options);
      assert.ok(code !== 0, args.join(' '));
      const errors = records(stderr).filter(({ level }) => level === 'error');
      assert.ok(errors.length > 0, stderr);
      assert.ok(!errors.some(({ msg }) => msg.startsWith('trawl: ')), stderr);
    }
  });

  await t.test('the notes of a crawl, module output, and Node warnings', async () => {
    const env = { ...options.env, NODE_OPTIONS: `--import ${join(options.cwd, 'faulty.mjs')}` };
    const urls = [`${site.origin}/get`, `${site.origin}/status/404`];
    const { code, stderr } = await runCli(['--map', 'loud.mjs', '-d', 'all', '--retries', '0', ...urls], { ...options, env });
    assert.equal(code, 2, stderr);
    const messages = records(stderr).map(({ msg }) => msg);
    for (const message of ['on stdout', 'on stderr', 'in two lines', 'Warning: a warning of Node', 'a library warns'])
      assert.ok(messages.includes(message), `${message} is missing in ${stderr}`);
    assert.ok(
      messages.some((message) => message.startsWith('Run 2')),
      stderr,
    );
  });

  await t.test('a stop', async () => {
    const running = startCli([`${site.origin}/delay/60`, '--drain', '0'], options);
    await until(() => site.hits.some(({ path }) => path === '/delay/60'), 'the request');
    running.child.kill('SIGINT');
    const { code, stderr } = await running.result;
    assert.equal(code, 130);
    assert.ok(records(stderr).some(({ msg }) => msg.startsWith('SIGINT: ')));
  });

  await t.test('an uncaught error', async () => {
    await writeFile(join(options.cwd, 'crashing.mjs'), onceListening("throw new Error('nobody caught this')"));
    const env = { ...options.env, NODE_OPTIONS: `--import ${join(options.cwd, 'crashing.mjs')}` };
    const { code, stderr } = await runCli([`${site.origin}/delay/60`], { ...options, env });
    assert.equal(code, 1, stderr);
    assert.match(records(stderr).at(-1)?.msg ?? '', /^internal error: nobody caught this\nError: /);
  });
});

test('an .env can request JSON too', async (t) => {
  const { cwd } = await folder(t);
  await writeFile(join(cwd, '.env'), 'TRAWL_LOG=json\n');
  const { code, stderr } = await runCli(['gone.txt'], { cwd });
  assert.equal(code, 3);
  assert.equal(records(stderr).length, 1);
});

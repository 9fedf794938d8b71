import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { scratchFolder } from '../cli/run-cli.ts';
import { startSite } from '../helpers/site.ts';
import { packed } from './packed.ts';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../../', import.meta.url));

interface Step {
  uses?: string;
  id?: string;
  name?: string;
  run?: string;
  env?: Record<string, string>;
  with?: Record<string, string>;
  'working-directory'?: string;
}

interface Action {
  inputs: Record<string, { required?: boolean; default?: string; description: string }>;
  outputs: Record<string, { value: string }>;
  runs: { using: string; steps: Step[] };
}

interface Result {
  code: number;
  annotations: string;
  summary: string;
  outputs: Record<string, string>;
  caches: Array<Record<string, string>>;
}

/** Runs the shell steps of action.yml in order as a runner does: with files for outputs and the summary, and the expressions of the action filled in. */
async function runAction(folder: string, given: Record<string, string>): Promise<Result> {
  const action = parse(await readFile(join(ROOT, 'action.yml'), 'utf8')) as Action;
  const inputs = Object.fromEntries(Object.entries(action.inputs).map(([name, { default: value = '' }]) => [name, given[name] ?? value]));
  assert.deepEqual(
    Object.keys(given).filter((name) => !(name in inputs)),
    [],
  );
  const known: Record<string, string> = { 'runner.os': 'Linux', 'runner.arch': 'X64' };
  for (const [name, value] of Object.entries(inputs)) known[`inputs.${name}`] = value;
  const filledIn = (text: string) =>
    text.replaceAll(/\$\{\{ (.+?) \}\}/g, (_, name: string) => {
      assert.ok(name in known, `nothing sets ${name}`);
      return known[name] ?? '';
    });
  const summaryFile = join(folder, 'summary.md');
  await mkdir(join(folder, 'temp'), { recursive: true });
  await writeFile(summaryFile, '');
  const inherited = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(TRAWL|NODE_TEST|NODE_OPTIONS|GITHUB|RUNNER)/.test(name)),
  );
  const result: Result = { code: 0, annotations: '', summary: '', outputs: {}, caches: [] };
  for (const step of action.runs.steps) {
    const settings = Object.fromEntries(Object.entries(step.with ?? {}).map(([name, value]) => [name, filledIn(value)]));
    if (step.uses?.startsWith('actions/cache@')) result.caches.push(settings);
    if (step.run === undefined || result.code !== 0) continue;
    // Inputs reach the shell by the environment only: an expression in a script could inject commands.
    assert.doesNotMatch(step.run, /\$\{\{/);
    const outputFile = join(folder, 'output.txt');
    await writeFile(outputFile, '');
    const env = {
      ...inherited,
      RUNNER_TEMP: join(folder, 'temp'),
      GITHUB_OUTPUT: outputFile,
      GITHUB_STEP_SUMMARY: summaryFile,
      ...Object.fromEntries(Object.entries(step.env ?? {}).map(([name, value]) => [name, filledIn(value)])),
    };
    const cwd = join(folder, filledIn(step['working-directory'] ?? '.'));
    const shell = ['--noprofile', '--norc', '-eo', 'pipefail', '-c', step.run];
    const ended = await run('bash', shell, { cwd, env }).catch((error: { code: number; stdout: string; stderr: string }) => error);
    result.code = 'code' in ended ? ended.code : 0;
    result.annotations += ended.stdout;
    for (const line of (await readFile(outputFile, 'utf8')).split('\n').filter((text) => text !== '')) {
      const [name = '', value = ''] = line.split(/=(.*)/s);
      known[`steps.${step.id}.outputs.${name}`] = value;
    }
  }
  result.summary = await readFile(summaryFile, 'utf8');
  for (const [name, { value }] of Object.entries(action.outputs)) result.outputs[name] = filledIn(value);
  return result;
}

test('the GitHub Action installs, runs, annotates and summarises', async (t) => {
  const { file: version } = await packed();
  const site = await startSite();
  t.after(() => site.close());
  const folder = await scratchFolder(t);
  await writeFile(join(folder, 'urls.txt'), `${site.origin}/get\n${site.origin}/status/404\n`);

  await t.test('failures fail the step, and are shown', async () => {
    const { code, annotations, summary, outputs, caches } = await runAction(folder, { version, command: 'crawl', sources: 'urls.txt' });
    assert.equal(code, 2);
    assert.match(annotations, /^::error .*file=urls\.txt,line=2.*404/m);
    assert.match(summary, /404/);
    assert.equal(outputs['exit-code'], '2');
    const report = JSON.parse(await readFile(outputs.report ?? '', 'utf8')) as { books: { rows: number } };
    assert.equal(report.books.rows, 2);
    assert.equal(caches[0]?.path, join(folder, 'temp/trawl'));
    assert.match(caches[0]?.key ?? '', /^trawl-Linux-X64-node24-[0-9a-f]{16}$/);
  });

  await t.test('with fail: false they are only reported; options and sources have a line each and are not read by the shell', async () => {
    const args = '--retries=0\n--exclude=$(touch injected)\n';
    const sources = `${site.origin}/status/404?a=b c;touch injected\n${site.origin}/get\n`;
    const { code, outputs } = await runAction(folder, { version, command: 'crawl', sources, args, fail: 'false' });
    assert.equal(code, 0);
    assert.equal(outputs['exit-code'], '2');
    await assert.rejects(readFile(join(folder, 'injected')), { code: 'ENOENT' });
  });

  await t.test('a mistake always fails the step', async () => {
    const { code, outputs } = await runAction(folder, { version, command: 'crawl', sources: 'gone.txt', fail: 'false' });
    assert.deepEqual([code, outputs['exit-code']], [3, '3']);
  });
});

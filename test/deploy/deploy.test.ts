import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parse } from 'yaml';
import { METRIC_GROUPS, type MetricDefinition } from '../../src/metrics/definitions.ts';
import { HOMEPAGE } from '../../src/options/product.ts';
import { DEPLOY, ROOT, readAlerts, readCompose, readDashboard } from './deploy-files.ts';

const noPromtool = spawnSync('promtool', ['--version']).status !== 0 && 'promtool is not installed';

function promtool(...args: string[]): [status: number | null, output: string] {
  const { status, stdout, stderr } = spawnSync('promtool', args, { cwd: ROOT, encoding: 'utf8' });
  return [status, stdout + stderr];
}

for (const [what, args] of [
  ['the configuration', ['check', 'config', 'deploy/prometheus/prometheus.yml']],
  ['the alert rules', ['check', 'rules', '--lint=all', '--lint-fatal', 'deploy/prometheus/alerts.yml']],
  ['the example of each alert', ['test', 'rules', 'test/deploy/alerts.yml']],
] as const) {
  test(`promtool accepts ${what}`, { skip: noPromtool }, () => {
    const [status, output] = promtool(...args);
    assert.equal(status, 0, output);
    assert.match(output, /SUCCESS/);
  });
}

test('each alert has an example that fires it and one that does not', () => {
  const { tests } = parse(readFileSync(`${ROOT}test/deploy/alerts.yml`, 'utf8')) as {
    tests: Array<{ alert_rule_test: Array<{ alertname: string; exp_alerts: unknown[] }> }>;
  };
  const examples = tests.flatMap(({ alert_rule_test }) => alert_rule_test);
  for (const { alert } of readAlerts()) {
    const own = examples.filter(({ alertname }) => alertname === alert);
    assert.ok(own.some(({ exp_alerts }) => exp_alerts.length > 0) && own.some(({ exp_alerts }) => exp_alerts.length === 0), alert);
  }
});

test('each alert has a section in the operations guide that says what to do', () => {
  const guide = readFileSync(`${ROOT}docs/operations.md`, 'utf8');
  const sections = [...guide.matchAll(/^#### (Trawl\w+)$/gm)].map(([, name]) => name);
  const alerts = readAlerts();
  assert.deepEqual(sections.toSorted(), alerts.map(({ alert }) => alert).toSorted());
  for (const { alert, annotations, labels } of alerts) {
    assert.equal(annotations.runbook_url, `${HOMEPAGE}/blob/main/docs/operations.md#${alert.toLowerCase()}`);
    assert.match(labels.severity, /^(?:critical|warning|info)$/);
    assert.ok(annotations.summary.length > 0 && annotations.description.length > 0);
  }
});

test('dashboard and rules use only metrics that exist', () => {
  const names = METRIC_GROUPS.flatMap(({ metrics }) => Object.values(metrics) as MetricDefinition[]).flatMap(({ name, type }) =>
    type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
  );
  const queries = [
    ...readAlerts().map(({ expr }) => expr),
    ...readDashboard().panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
  ];
  assert.ok(queries.length > 40);
  for (const query of queries) {
    const asked = query.match(/\b(?:trawl|process|nodejs)_\w+/g) ?? [];
    for (const name of asked) assert.ok(names.includes(name), `${name} in ${query}`);
  }
});

test('the dashboard is valid: panels do not overlap and have a source, a title and a description', () => {
  const { panels } = readDashboard();
  assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
  const taken = new Set<string>();
  for (const { type, title, description, gridPos, targets = [] } of panels) {
    assert.ok(gridPos.x + gridPos.w <= 24, title);
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
        assert.ok(!taken.has(`${x} ${y}`), `${title} lies over another panel`);
        taken.add(`${x} ${y}`);
      }
    }
    if (type === 'row') continue;
    assert.ok(targets.length > 0 && description, title);
    for (const { datasource } of targets) assert.equal(datasource.uid, 'prometheus');
  }
});

test('docker compose starts monitoring and tracing only on request, from pinned images, with files that exist', () => {
  const { services, volumes } = readCompose();
  const of = (profile: string) => Object.entries(services).filter(([, { profiles }]) => profiles?.includes(profile));
  const monitoring = [...of('monitoring'), ...of('tracing')];
  assert.deepEqual(
    monitoring.map(([name]) => name),
    ['prometheus', 'grafana', 'jaeger'],
  );
  for (const [name, { image = '', logging, restart, ports = [], volumes: mounts = [] }] of monitoring) {
    assert.match(image, /:v?\d+\.\d+\.\d+$/, name);
    assert.ok(logging !== undefined && restart === 'unless-stopped', name);
    for (const port of ports) assert.match(port, /^127\.0\.0\.1:/, name);
    for (const mount of mounts) {
      const [source = ''] = mount.split(':');
      assert.ok(source.startsWith('./') ? existsSync(`${ROOT}${source}`) : source in volumes, mount);
    }
  }
  const config = readFileSync(`${DEPLOY}/prometheus/prometheus.yml`, 'utf8');
  for (const [, service = '', port] of config.matchAll(/names: \[(\w+)\], type: A, port: (\d+)/g)) {
    assert.match(String(services[service]?.command), new RegExp(`--metrics-port[, ]0\\.0\\.0\\.0:${port}`), service);
  }
});

test('the image is built with every script that the build imports', () => {
  const dockerfile = readFileSync(`${ROOT}Dockerfile`, 'utf8');
  const sent = readFileSync(`${ROOT}.dockerignore`, 'utf8').split('\n');
  const importsOf = (script: string): string[] =>
    [...readFileSync(`${ROOT}scripts/${script}`, 'utf8').matchAll(/ from '\.\/([\w-]+\.js)'/g)].map(([, name = '']) => name);
  const needed = ['build.js', 'bundle.js'].flatMap((script) => [script, ...importsOf(script)]);
  assert.ok(needed.length > 3);
  for (const script of needed) {
    assert.ok(dockerfile.includes(` scripts/${script} `), `Dockerfile copies no scripts/${script}`);
    assert.ok(sent.includes(`!scripts/${script}`), `.dockerignore leaves scripts/${script} out`);
  }
});

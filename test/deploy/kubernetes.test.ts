import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { readCommandLine } from '../../src/cli/command-line.ts';
import { DEPLOYMENT } from '../../src/metrics/definitions.ts';
import { loadConfig } from '../../src/options/load-config.ts';
import { environmentNames, optionsOf } from '../../src/options/option-table.ts';

const FOLDER = new URL('../../deploy/kubernetes/', import.meta.url);
const require = createRequire(import.meta.url);

interface Container {
  name: string;
  image: string;
  args?: string[];
  env?: Array<{ name: string; value?: string; valueFrom?: { secretKeyRef: { name: string; key: string } } }>;
  ports: Array<{ name: string; containerPort: number }>;
  resources: { requests: object; limits: { memory?: string } };
  securityContext: { allowPrivilegeEscalation: boolean; readOnlyRootFilesystem: boolean; capabilities: { drop: string[] } };
  volumeMounts: Array<{ name: string; mountPath: string }>;
  [probe: `${string}Probe`]: { httpGet?: { port: string } } | undefined;
}

interface PodSpec {
  securityContext: { runAsNonRoot: boolean; seccompProfile: { type: string } };
  containers: Container[];
  volumes: Array<{
    name: string;
    secret?: { secretName: string; items: Array<{ key: string }> };
    persistentVolumeClaim?: { claimName: string };
  }>;
}

interface Manifest {
  file: string;
  apiVersion: string;
  kind: string;
  metadata: { name: string };
  // biome-ignore lint/suspicious/noExplicitAny: its shape depends on the kind, and the schema has been checked
  spec: any;
  stringData?: Record<string, string>;
}

function readManifests(): Manifest[] {
  return readdirSync(FOLDER).flatMap((file) =>
    parseAllDocuments(readFileSync(new URL(file, FOLDER), 'utf8'), { merge: true }).map((document) => {
      assert.deepEqual(document.errors, [], file);
      return { ...document.toJS(), file } as Manifest;
    }),
  );
}

const manifests = readManifests();
const named = (kind: string, name: string) => manifests.find((each) => each.kind === kind && each.metadata.name === name);
const workloads = manifests.filter(({ kind }) => kind === 'Deployment' || kind === 'StatefulSet');
const podOf = ({ spec }: Manifest) => spec.template.spec as PodSpec;
const ours = workloads.flatMap((workload) => podOf(workload).containers.filter(({ image }) => image === 'trawl'));

/** Validates a manifest with the model of its kind, against the schema of Kubernetes or KEDA. */
function validate({ file: _, ...manifest }: Manifest): void {
  const { apiVersion, kind } = manifest;
  const library = apiVersion.startsWith('keda.sh/') ? '@kubernetes-models/keda' : 'kubernetes-models';
  const Model = require(`${library}/${apiVersion}/${kind}`)[kind];
  new Model(manifest).validate();
}

test('every manifest is valid according to the schemas of Kubernetes and KEDA', () => {
  const checked = manifests.filter(({ kind }) => kind !== 'Kustomization');
  const kinds = ['Deployment', 'Namespace', 'PersistentVolumeClaim', 'ScaledObject', 'Secret', 'Service', 'StatefulSet'];
  assert.deepEqual([...new Set(checked.map(({ kind }) => kind))].sort(), kinds);
  for (const manifest of checked) {
    try {
      validate(manifest);
    } catch (error) {
      assert.fail(`${manifest.file}, ${manifest.kind} ${manifest.metadata.name}: ${(error as Error).message}`);
    }
  }
  const [deployment] = manifests.filter(({ kind }) => kind === 'Deployment');
  assert.throws(() => validate({ ...(deployment as Manifest), spec: { ...deployment?.spec, replicas: 'two' } }), /integer/);
});

test('the kustomization lists the files that exist', () => {
  const [kustomization] = manifests.filter(({ kind }) => kind === 'Kustomization') as unknown as Array<{
    resources: string[];
    images: Array<{ name: string }>;
  }>;
  const optional = ['kustomization.yaml', 'secret.example.yaml', 'worker-scaling.yaml'];
  assert.deepEqual(
    kustomization?.resources.toSorted(),
    readdirSync(FOLDER)
      .filter((file) => !optional.includes(file))
      .sort(),
  );
  assert.equal(kustomization?.images[0]?.name, 'trawl');
});

test('the command accepts the arguments and the environment of each container', () => {
  assert.deepEqual(ours.map(({ name }) => name).sort(), ['collector', 'serve', 'worker']);
  for (const { name, args = [], env = [] } of ours) {
    const mistakes: string[] = [];
    const line = readCommandLine(args, { out: () => {}, err: (text) => mistakes.push(text), columns: 80 });
    assert.ok(line.kind === 'command', `${name}: ${mistakes.join('')}`);
    assert.deepEqual(line.words, [], name);
    const known = new Set(optionsOf(line.command).flatMap(([, spec]) => environmentNames(spec, line.command)));
    for (const variable of env) assert.ok(known.has(variable.name), `${name}: ${variable.name} is no setting of trawl ${line.command}`);
    const values = env.map((each) => [each.name, each.value ?? 'a-secret-of-the-test']);
    loadConfig(line.command, line.flags, Object.fromEntries(values));
  }
});

test('pods run as non-root without capabilities, and can write only to their volumes', () => {
  assert.equal(workloads.length, 4);
  for (const workload of workloads) {
    const { securityContext, containers } = podOf(workload);
    assert.deepEqual([securityContext.runAsNonRoot, securityContext.seccompProfile.type], [true, 'RuntimeDefault'], workload.metadata.name);
    for (const { name, securityContext: rights, resources, startupProbe, livenessProbe } of containers) {
      assert.deepEqual(
        [rights.allowPrivilegeEscalation, rights.readOnlyRootFilesystem, rights.capabilities.drop],
        [false, true, ['ALL']],
        name,
      );
      assert.ok(resources.limits.memory !== undefined && startupProbe !== undefined && livenessProbe !== undefined, name);
    }
  }
});

test('everything that the manifests refer to exists', () => {
  const secretKeys = Object.keys(named('Secret', 'trawl')?.stringData ?? {});
  assert.deepEqual(secretKeys.sort(), ['redis-password', 'token']);
  for (const workload of workloads) {
    const { containers, volumes } = podOf(workload);
    const claims = (workload.spec.volumeClaimTemplates ?? []).map((claim: Manifest) => claim.metadata.name);
    const known = new Set([...volumes.map(({ name }) => name), ...claims]);
    for (const { secret, persistentVolumeClaim } of volumes) {
      if (persistentVolumeClaim !== undefined) assert.ok(named('PersistentVolumeClaim', persistentVolumeClaim.claimName));
      for (const { key } of secret?.items ?? []) assert.ok(secretKeys.includes(key), key);
    }
    for (const { name, volumeMounts, env = [], ports, ...probes } of containers) {
      for (const mount of volumeMounts) assert.ok(known.has(mount.name), `${name}: ${mount.name}`);
      for (const { valueFrom } of env) if (valueFrom !== undefined) assert.ok(secretKeys.includes(valueFrom.secretKeyRef.key));
      const portNames = ports.map((port) => port.name);
      for (const probe of [probes.startupProbe, probes.livenessProbe, probes.readinessProbe])
        if (probe?.httpGet !== undefined) assert.ok(portNames.includes(probe.httpGet.port), name);
    }
  }
  for (const service of manifests.filter(({ kind }) => kind === 'Service')) {
    const target = workloads.find(
      ({ spec }) => spec.template.metadata.labels['app.kubernetes.io/name'] === service.spec.selector['app.kubernetes.io/name'],
    );
    assert.ok(target !== undefined, service.metadata.name);
    assert.ok(podOf(target).containers[0]?.ports.some(({ name }) => name === service.spec.ports[0].targetPort));
  }
});

test('workers are scaled by metrics that trawl serve has, in steps of one worker', () => {
  const { scaleTargetRef, triggers, minReplicaCount } = named('ScaledObject', 'worker')?.spec ?? {};
  const target = named('Deployment', scaleTargetRef.name);
  assert.ok(target !== undefined && minReplicaCount >= 1);
  const [{ metadata }] = triggers;
  const metrics = new Set(Object.values(DEPLOYMENT).map(({ name }) => name as string));
  const used = [...metadata.query.matchAll(/\btrawl_\w+/g)].map(([name]) => name as string);
  assert.ok(used.length > 0 && used.every((name) => metrics.has(name)), metadata.query);
  const slots = podOf(target).containers[0]?.env?.find(({ name }) => name === 'TRAWL_CONCURRENCY')?.value;
  assert.equal(metadata.threshold, slots);
});

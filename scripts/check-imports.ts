/**
 * Checks that each folder of `src` imports only the folders and libraries that it may import. `npm run check` runs it.
 * Biome finds import cycles; this finds imports that point upwards.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const SRC = fileURLToPath(new URL('../src', import.meta.url));

/** The interface of the engine. Code that uses an engine imports nothing else from its folder. */
const SEAM = [
  'engine/engine.ts',
  'engine/batch.ts',
  'engine/visit.ts',
  'engine/ending.ts',
  'engine/collecting.ts',
  'engine/run-counts.ts',
  'engine/facts.ts',
  'engine/engine-spec.ts',
  'engine/schedules.ts',
  'engine/rules',
];

/** The folders and single files that the files of a folder may import, in addition to their own folder. `cli` and the files directly in `src` may import everything. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  util: [],
  model: ['util'],
  options: ['model', 'util'],
  parse: ['model', 'util'],
  fetch: ['model', 'util'],
  'engine/rules': ['model', 'util'],
  'engine/memory': ['engine', 'model', 'util'],
  'engine/redis': ['engine', 'options', 'model', 'util'],
  engine: ['options', 'model', 'util'],
  producer: [...SEAM, 'fetch', 'parse', 'model', 'util'],
  worker: [...SEAM, 'fetch', 'parse', 'model', 'util'],
  collector: [...SEAM, 'model', 'util'],
  report: ['model', 'util'],
  metrics: ['options', 'model', 'util'],
  tracing: ['options', 'model', 'util'],
  processes: [...SEAM, 'engine/open-engine.ts', 'worker', 'fetch', 'metrics', 'tracing', 'model', 'util'],
  watch: [...SEAM, 'producer', 'report', 'options', 'model', 'util'],
  serve: [...SEAM, 'producer', 'collector', 'report', 'metrics', 'options', 'model', 'util'],
};

/** Pairs of folders that must not import each other. */
const STRANGERS: ReadonlyArray<readonly [string, string]> = [['engine/memory', 'engine/redis']];

/** The one folder that may import a library. */
const LIBRARY_HOME: Record<string, string> = {
  undici: 'fetch',
  bullmq: 'engine/redis',
  ioredis: 'engine/redis',
  commander: 'cli',
  pino: 'cli',
  dotenv: 'options',
  cheerio: 'worker/map',
  tldts: 'worker/scope',
  entities: 'parse',
  'markdown-it': 'producer/documents',
  'mdast-util-from-markdown': 'producer/documents',
  'mdast-util-gfm': 'producer/documents',
  'mdast-util-mdx': 'producer/documents',
  'micromark-extension-gfm': 'producer/documents',
  'micromark-extension-mdxjs': 'producer/documents',
  hono: 'serve',
  '@hono/node-server': 'serve',
  'prom-client': 'metrics',
  'bullmq-otel': 'tracing',
  '@opentelemetry/api': 'tracing',
  '@opentelemetry/context-async-hooks': 'tracing',
  '@opentelemetry/core': 'tracing',
  '@opentelemetry/exporter-trace-otlp-http': 'tracing',
  '@opentelemetry/exporter-trace-otlp-proto': 'tracing',
  '@opentelemetry/resources': 'tracing',
  '@opentelemetry/sdk-trace-base': 'tracing',
};

const within = (file: string, place: string): boolean => file === place || file.startsWith(`${place}/`);

/** The most specific rule for a file: that of `engine/memory` before that of `engine`. */
function placeOf(file: string): string | undefined {
  return Object.keys(MAY_IMPORT)
    .filter((place) => within(file, place))
    .sort((a, b) => b.length - a.length)[0];
}

/**
 * Says what is wrong with an import; undefined if it is allowed.
 *
 * @param file path below `src`, with slashes
 * @param specifier as written in the import
 */
export function importProblem(file: string, specifier: string): string | undefined {
  if (specifier.startsWith('node:')) return undefined;
  if (!specifier.startsWith('.')) {
    const library = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
    const home = LIBRARY_HOME[library];
    return home === undefined || within(file, home) ? undefined : `${library} is known only to src/${home}`;
  }
  const target = normalize(join(dirname(file), specifier))
    .split(sep)
    .join('/');
  const place = placeOf(file);
  if (place === undefined) return undefined;
  const stranger = STRANGERS.some(([a, b]) => (within(file, a) && within(target, b)) || (within(file, b) && within(target, a)));
  const allowed = within(target, place) || (MAY_IMPORT[place] ?? []).some((other) => within(target, other));
  return allowed && !stranger ? undefined : `src/${place} may not import src/${target}`;
}

/** One line for each forbidden import in `src`. */
export function importProblems(): string[] {
  const problems: string[] = [];
  for (const name of readdirSync(SRC, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.ts')) continue;
    const file = name.split(sep).join('/');
    for (const [, named, dynamic] of readFileSync(join(SRC, name), 'utf8').matchAll(
      /^(?:import|export)\b[^;]*? from '([^']+)'|\bimport\('([^']+)'\)/gm,
    )) {
      const problem = importProblem(file, named ?? dynamic ?? '');
      if (problem !== undefined) problems.push(`src/${file}: ${problem}`);
    }
  }
  return problems;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const problems = importProblems();
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) {
    console.error('Which folder may import which is in scripts/check-imports.ts; docs/architecture.md explains it.');
    process.exitCode = 1;
  }
}

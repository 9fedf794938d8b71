/**
 * `node scripts/bundle.js [FOLDER]` bundles the command into FOLDER, by default `dist/cli`. `main.js` answers `--version` and loads `program.js`, which holds our own code. Some
 * libraries have a file each in `libraries`; the others stay in `node_modules` (docs/decisions/0032, 0036). The program of a process that fetches goes into `processes` beside FOLDER.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { bundledBullmq } from './bundled-bullmq.js';
import { bundledLua } from './bundled-lua.js';
import { bundledOpenTelemetry } from './bundled-opentelemetry.js';
import { bundledPage } from './bundled-page.js';

const [, , TARGET = 'dist/cli'] = process.argv;
const PROCESSES = join(TARGET, '../processes');

/** The source of each file, and the imports that it replaces. */
const LIBRARIES = {
  commander: { imports: ['commander'], source: "export * from 'commander';" },
  // The package itself loads four times as much: fetch, caches, cookies, WebSockets.
  undici: { imports: ['undici'], source: "export { default as Client } from 'undici/lib/dispatcher/client.js';" },
  lilconfig: { imports: ['lilconfig'], source: "export { lilconfig } from 'lilconfig';" },
  bullmq: { imports: [], source: "export { Queue, QueueEvents, UnrecoverableError, WaitingError, Worker } from 'bullmq';" },
  opentelemetry: { imports: [], source: "export { otel } from './src/tracing/opentelemetry.ts';" },
  // These are ES modules only, which not every Node 22 can `require`.
  mdx: (() => {
    const imports = [
      'mdast-util-from-markdown',
      'mdast-util-gfm',
      'mdast-util-mdx',
      'micromark-extension-gfm',
      'micromark-extension-mdxjs',
    ];
    return { imports, source: imports.map((name) => `export * from '${name}';`).join('\n') };
  })(),
};

/** CommonJS, because Node loads it in half the time, and does not prepare every export of the parts of the standard library that it requires. */
const common = { bundle: true, format: 'cjs', platform: 'node', target: 'node20.19', metafile: true, logLevel: 'warning' };

/** A crawl in one process starts no other process. Node's part for it takes 3 % of the processor time of a run with one URL. */
const childProcessLater = {
  name: 'child-process-later',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /^node:child_process$/ }, ({ namespace }) =>
      namespace === 'child-process'
        ? { external: true, path: 'node:child_process' }
        : { namespace: 'child-process', path: 'node:child_process' },
    );
    onLoad({ filter: /./, namespace: 'child-process' }, () => ({
      contents: ['fork', 'spawn']
        .map((name) => `exports.${name} = (...call) => require('node:child_process').${name}(...call);`)
        .join('\n'),
    }));
  },
};

/** @param command the folder of the bundled command, relative to the bundle */
const ownCode = (command) => ({
  ...common,
  plugins: [
    bundledBullmq,
    bundledLua,
    bundledOpenTelemetry,
    bundledPage,
    childProcessLater,
    {
      name: 'files-of-the-bundle',
      setup({ onResolve }) {
        onResolve({ filter: /^[^./]/ }, ({ kind, path }) => {
          if (kind === 'entry-point') return undefined;
          const library = Object.keys(LIBRARIES).find((name) => LIBRARIES[name].imports.includes(path));
          return { external: true, path: library === undefined ? path : `${command}/libraries/${library}.js` };
        });
        // These are loaded with their compiled code, by the file that starts them.
        onResolve({ filter: /^\.\/(work-)?program\.ts$/ }, ({ kind, path }) =>
          kind === 'entry-point' ? undefined : { external: true, path: path.replace(/ts$/, 'js') },
        );
        onResolve({ filter: /\/import-module\.ts$/ }, () => ({ external: true, path: `${command}/import-module.js` }));
      },
    },
  ],
  // `import()` becomes `require`: Node need not start its ES module loader, and code from a cache cannot import.
  supported: { 'dynamic-import': false },
  define: { 'import.meta.url': 'moduleUrl' },
  banner: { js: "'use strict';\nconst moduleUrl = require('node:url').pathToFileURL(__filename).href;" },
  // Names are kept for stack traces. `node --enable-source-maps` shows the lines of the source.
  minifyWhitespace: true,
  minifySyntax: true,
  lineLimit: 160,
  sourcemap: true,
  sourcesContent: false,
});

/** By default undici loads its HTTP/2 client and Node's HTTP/2 module at once. Few servers need them, so this delays it (docs/decisions/0029). */
const http2Later = {
  name: 'http2-later',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /^\.\/client-h2\.js$/ }, ({ importer, resolveDir }) =>
      importer.endsWith('client.js') ? { path: join(resolveDir, 'client-h2.js'), namespace: 'later' } : undefined,
    );
    onLoad({ filter: /./, namespace: 'later' }, ({ path }) => ({
      contents: `module.exports = (...connection) => require(${JSON.stringify(path)})(...connection);`,
      resolveDir: '.',
    }));
  },
};

/** The licences of the bundled packages, which must be distributed with them. */
function licenceTexts(inputs) {
  const packages = new Set(inputs.map((path) => /^node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0]).filter((path) => path !== undefined));
  return [...packages].sort().map((path) => {
    const { name, version, license } = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'));
    return `${name} ${version} (${license})\n\n${licenceOf(path)}`;
  });
}

function licenceOf(path) {
  for (const name of ['LICENSE', 'LICENSE.md', 'LICENSE.txt', 'license', 'license.md', 'LICENSE-MIT.txt']) {
    try {
      return readFileSync(join(path, name), 'utf8').trim();
    } catch (error) {
      if (error.code !== 'ENOENT') throw error;
    }
  }
  throw new Error(`${path} has no licence file: it cannot be bundled`);
}

for (const folder of [TARGET, PROCESSES]) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  // The package itself is declared as ES modules, but these files are CommonJS.
  writeFileSync(join(folder, 'package.json'), '{ "type": "commonjs" }\n');
}
const results = await Promise.all([
  build({ ...ownCode('.'), entryPoints: ['src/cli/main.ts', 'src/cli/program.ts'], outdir: TARGET }),
  build({ ...common, entryPoints: ['src/util/import-module.ts'], outdir: TARGET }),
  build({ ...ownCode('../cli'), entryPoints: ['src/processes/work-process.ts', 'src/processes/work-program.ts'], outdir: PROCESSES }),
  ...Object.entries(LIBRARIES).map(([name, { source }]) =>
    build({
      ...common,
      plugins: name === 'commander' ? [childProcessLater] : [http2Later],
      // ioredis must be shared, because BullMQ and Trawl use the same connections. The others are optional dependencies of BullMQ that Trawl does not use.
      external: ['ioredis', 'msgpackr-extract', 'redis', 'pg', '@valkey/valkey-glide'],
      minify: true,
      ...(name === 'undici' && { define: { 'WebAssembly.Module': 'WasmModule' }, inject: ['scripts/wasm-module.js'] }),
      // BullMQ's errors get their names from their classes.
      keepNames: name === 'bullmq',
      stdin: { contents: source, resolveDir: '.' },
      outfile: join(TARGET, 'libraries', `${name}.js`),
    }),
  ),
]);
const inputs = results.flatMap(({ metafile }) => Object.keys(metafile.inputs));
writeFileSync(join(TARGET, 'libraries', 'LICENSES.txt'), `${licenceTexts(inputs).join('\n\n----\n\n')}\n`);

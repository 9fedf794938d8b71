/**
 * `npm run build` rebuilds `dist`. With `--no-types`, types are not checked and `types` is not written:
 *
 *     types/     the declarations that an import of the package reaches
 *     library/   what an import of the package runs, ES modules
 *     worker/    the process that runs a map module
 *     cli/       the command (scripts/bundle.js), and the libraries that several of these use
 *     processes/ a process that fetches for a command with --processes (scripts/bundle.js)
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { bundledBullmq } from './bundled-bullmq.js';
import { bundledLua } from './bundled-lua.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const TSC = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');

process.chdir(ROOT);
rmSync('dist', { recursive: true, force: true });
if (!process.argv.includes('--no-types')) {
  tsc('-p', 'tsconfig.build.json');
  keepReached('dist/types/index.d.ts');
}
execFileSync(process.execPath, ['scripts/bundle.js'], { stdio: 'inherit' });
const modules = { bundle: true, format: 'esm', platform: 'node', target: 'node20.19', packages: 'external', logLevel: 'warning' };
await Promise.all([
  // With splitting, the Redis engine is loaded only if it is used.
  build({ ...modules, plugins: [bundledBullmq, bundledLua], entryPoints: ['src/index.ts'], splitting: true, outdir: 'dist/library' }),
  build({ ...modules, entryPoints: ['src/worker/map/map-process.ts'], outdir: 'dist/worker/map' }),
]);

function tsc(...args) {
  return execFileSync(process.execPath, [TSC, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
}

/** Removes the declarations that the entry does not reach. Most of them describe internals. */
function keepReached(entry) {
  const listed = tsc('--ignoreConfig', '--noEmit', '--listFilesOnly', '--module', 'nodenext', '--types', 'node', entry);
  const reached = new Set(listed.split('\n'));
  for (const name of readdirSync('dist/types', { recursive: true })) {
    const path = join(ROOT, 'dist/types', name);
    if (name.endsWith('.d.ts') && !reached.has(path)) rmSync(path);
  }
}

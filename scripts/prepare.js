/**
 * `prepare` of package.json: npm runs it after `npm ci` in a clone, and in a clone of its own when somebody installs Trawl from Git. It builds `dist`.
 */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { writePackedManifest } from './packed-manifest.js';

/** Where npm clones what it installs from Git. */
const IN_CLONE_OF_NPM = /[\\/]_cacache[\\/]tmp[\\/]git-clone/;

function hasBuildTools() {
  const { resolve } = createRequire(import.meta.url);
  try {
    return [resolve('esbuild'), resolve('typescript/package.json')].length > 0;
  } catch {
    return false;
  }
}

/** `npm install -g` of a Git URL prepares the clone without its dependencies, because the inner `npm install` takes itself for a global one. */
function installBuildTools() {
  const notGlobal = Object.entries(process.env).filter(([name]) => !/^npm_config_(global|location|(local_)?prefix)$/i.test(name));
  const args = [process.env.npm_execpath, 'ci', '--include=dev', '--ignore-scripts', '--no-audit', '--no-fund'];
  execFileSync(process.execPath, args, { env: Object.fromEntries(notGlobal), stdio: 'inherit' });
}

async function prepare() {
  if (!hasBuildTools()) {
    // A built folder that is deployed with `npm ci --omit=dev`.
    if (existsSync('dist/cli/main.js')) return;
    if (process.env.npm_config_global !== 'true')
      throw new Error('dist is not built, and the tools for it are missing: run `npm ci --include=dev`');
    installBuildTools();
  }
  await import('./build.js');
  if (IN_CLONE_OF_NPM.test(process.cwd())) writePackedManifest();
}

await prepare();

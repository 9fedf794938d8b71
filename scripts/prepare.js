/**
 * `prepare` of package.json: npm runs it after `npm ci` in a clone, and in a clone of its own when somebody installs Trawl from Git. It builds `dist`.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, realpathSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const COMMAND = 'dist/cli/main.js';
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

/** The inner `npm install` also links the clone to where the package is to be installed: npm would then install into its own clone, and remove that. */
function removeLinkToClone() {
  const prefix = process.env.npm_config_global_prefix ?? process.env.npm_config_prefix ?? '';
  const link = join(prefix, process.platform === 'win32' ? '' : 'lib', 'node_modules/trawl');
  if (lstatSync(link, { throwIfNoEntry: false })?.isSymbolicLink() && realpathSync(link) === realpathSync('.')) rmSync(link);
}

async function prepare() {
  const isCloneOfNpm = IN_CLONE_OF_NPM.test(process.cwd());
  const isGlobal = process.env.npm_config_global === 'true';
  if (isCloneOfNpm && isGlobal) {
    // Run by the inner `npm install`, and then once more by the outer.
    if (existsSync(COMMAND)) return removeLinkToClone();
    installBuildTools();
  } else if (!hasBuildTools()) {
    // A built folder that is deployed with `npm ci --omit=dev`.
    if (existsSync(COMMAND)) return;
    throw new Error('dist is not built, and the tools for it are missing: run `npm ci --include=dev`');
  }
  await import('./build.js');
}

await prepare();

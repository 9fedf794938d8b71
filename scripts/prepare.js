/**
 * `prepare` of package.json: npm runs it after `npm ci` in a clone, and in a clone of its own when somebody installs Trawl from Git. It builds `dist`.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';

function hasBuildTools() {
  const { resolve } = createRequire(import.meta.url);
  try {
    return [resolve('esbuild'), resolve('typescript/package.json')].length > 0;
  } catch {
    return false;
  }
}

async function prepare() {
  if (hasBuildTools()) await import('./build.js');
  // Otherwise it is a built folder that is deployed with `npm ci --omit=dev`, or nothing can be built.
  else if (!existsSync('dist/cli/main.js')) {
    // Of a Git URL that is installed with -g, npm prepares the clone without its dependencies.
    const way =
      process.env.npm_config_global === 'true'
        ? 'npm cannot install it with -g from Git directly: run `npm install -g "$(npm pack --silent URL)"` with the Git URL'
        : 'run `npm ci --include=dev`';
    process.stderr.write(`trawl: dist is not built, and the tools for it are missing: ${way}\n`);
    process.exitCode = 1;
  }
}

await prepare();

/**
 * `prepare` of package.json, which builds `dist`. npm runs it after `npm ci` in a clone, and in its own temporary clone when somebody installs Trawl from Git.
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
  // If `dist` exists, this is a built folder that is being deployed with `npm ci --omit=dev`. If not, nothing can be built.
  else if (!existsSync('dist/cli/main.js')) {
    // When a Git URL is installed with -g, npm prepares its clone without the dependencies.
    const way =
      process.env.npm_config_global === 'true'
        ? 'npm cannot install it with -g from Git directly: run `npm install -g "$(npm pack --silent URL)"` with the Git URL'
        : 'run `npm ci --include=dev`';
    process.stderr.write(`trawl: dist is not built, and the tools for it are missing: ${way}\n`);
    process.exitCode = 1;
  }
}

await prepare();

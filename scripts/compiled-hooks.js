/** Module hooks of compiled.js. Node runs them in a separate thread. */
import { readFile } from 'node:fs/promises';

let sources = '';
let compiled = '';

/** @param {{ sources: string, compiled: string }} folders file URLs of the project and of tsc's output, each with a slash at its end */
export function initialize(folders) {
  ({ sources, compiled } = folders);
}

const isOurs = (url) => url?.startsWith(sources) && url.endsWith('.ts');

/** In tsc's output, imports of `./x.ts` are written as `./x.js`. */
export function resolve(specifier, context, next) {
  const isRewritten = /^\.\.?\/.*\.js$/.test(specifier) && isOurs(context.parentURL);
  return next(isRewritten ? `${specifier.slice(0, -3)}.ts` : specifier, context);
}

export async function load(url, context, next) {
  if (!isOurs(url)) return next(url, context);
  const source = await readFile(new URL(`${compiled}${url.slice(sources.length, -3)}.js`));
  return { format: 'module', source, shortCircuit: true };
}

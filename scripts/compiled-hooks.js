/** Module hooks of compiled.js: they run in a thread of their own. */
import { readFile } from 'node:fs/promises';

let sources = '';
let compiled = '';

/** @param {{ sources: string, compiled: string }} folders file URLs of the project and of what tsc made of it, each with a slash at its end */
export function initialize(folders) {
  ({ sources, compiled } = folders);
}

const isOurs = (url) => url?.startsWith(sources) && url.endsWith('.ts');

/** In what tsc wrote, imports of `./x.ts` say `./x.js`. */
export function resolve(specifier, context, next) {
  const isRewritten = /^\.\.?\/.*\.js$/.test(specifier) && isOurs(context.parentURL);
  return next(isRewritten ? `${specifier.slice(0, -3)}.ts` : specifier, context);
}

export async function load(url, context, next) {
  if (!isOurs(url)) return next(url, context);
  const source = await readFile(new URL(`${compiled}${url.slice(sources.length, -3)}.js`));
  return { format: 'module', source, shortCircuit: true };
}

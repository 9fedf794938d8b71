/**
 * Preloaded into the tests and the processes that they start. It loads the TypeScript files of the project from `dist-test`, where `npm test` lets tsc
 * compile them, under their original URLs. Tests start hundreds of processes, and each starts in half the time that it takes with tsx.
 */
import { register } from 'node:module';

const sources = new URL('../', import.meta.url).href;
register('./compiled-hooks.js', import.meta.url, { data: { sources, compiled: `${sources}dist-test/` } });
process.setSourceMapsEnabled(true);

/** Starts `work-program.ts`, with code that V8 compiled in an earlier run: each process would otherwise compile it again. */
import { fileURLToPath } from 'node:url';
import { loadWithCache } from '../util/compiled-code.ts';

const built = fileURLToPath(new URL('work-program.js', import.meta.url));
if (loadWithCache(built, 'process') === undefined) void import('./work-program.ts');

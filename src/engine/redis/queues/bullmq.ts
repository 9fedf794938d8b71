import { createRequire } from 'node:module';

/**
 * BullMQ; in the package, it has a file of its own (docs/decisions/0036). Loaded with `require`, because its 150 files
 * take 100 ms of CPU time as CommonJS, but 180 ms as ES modules.
 */
export const bullmq: typeof import('bullmq') = createRequire(import.meta.url)('bullmq');

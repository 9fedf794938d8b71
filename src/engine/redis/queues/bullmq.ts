import { createRequire } from 'node:module';

/** BullMQ, in the package from a file of its own (docs/decisions/0036). By `require`: its 150 files take 100 ms of processor time to load as CommonJS, and 180 as ES modules, in each process that starts. */
export const bullmq: typeof import('bullmq') = createRequire(import.meta.url)('bullmq');

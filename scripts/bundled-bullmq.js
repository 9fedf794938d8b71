/**
 * A plugin of esbuild: what is built takes BullMQ from the package's own file, because BullMQ's dependency msgpackr-extract has an install script, of which npm warns whoever installs Trawl
 * (docs/decisions/0036).
 */
export const bundledBullmq = {
  name: 'bundled-bullmq',
  setup({ onLoad }) {
    // By way of `..`, because the library looks from `dist/library`.
    onLoad({ filter: /[\\/]queues[\\/]bullmq\.ts$/ }, () => ({
      contents: `
        import { createRequire } from 'node:module';
        export const bullmq = createRequire(import.meta.url)('../cli/libraries/bullmq.js');
      `,
    }));
  },
};

/**
 * An esbuild plugin that makes the built program load BullMQ from a bundled file. If BullMQ were a dependency, npm would warn users about the install script of its dependency msgpackr-extract
 * (docs/decisions/0036).
 */
export const bundledBullmq = {
  name: 'bundled-bullmq',
  setup({ onLoad }) {
    // The path begins with `..`, because the library resolves it from `dist/library`.
    onLoad({ filter: /[\\/]queues[\\/]bullmq\.ts$/ }, () => ({
      contents: `
        import { createRequire } from 'node:module';
        export const bullmq = createRequire(import.meta.url)('../cli/libraries/bullmq.js');
      `,
    }));
  },
};

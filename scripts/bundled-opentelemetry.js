/**
 * A plugin of esbuild: what is built takes OpenTelemetry from the package's own file. As packages it would be 16 with 28 MB; the file has a hundredth of that
 * (docs/decisions/0053).
 */
export const bundledOpenTelemetry = {
  name: 'bundled-opentelemetry',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]tracing[\\/]opentelemetry\.ts$/ }, () => ({
      contents: `
        import { createRequire } from 'node:module';
        export const { otel } = createRequire(import.meta.url)('../cli/libraries/opentelemetry.js');
      `,
    }));
  },
};

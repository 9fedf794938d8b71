/** An esbuild plugin that puts the files of `trawl serve`'s page into the built program, so that it reads no files for them. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export const bundledPage = {
  name: 'bundled-page',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]page-texts\.ts$/ }, ({ path }) => {
      const folder = join(dirname(path), 'browser');
      const files = readdirSync(folder);
      const texts = Object.fromEntries(files.map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
      return { contents: `export const PAGE_TEXTS = ${JSON.stringify(texts)};`, watchFiles: files.map((name) => join(folder, name)) };
    });
  },
};

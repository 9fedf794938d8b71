/** An esbuild plugin that puts the texts of the Lua scripts into the built program, so that it reads no files for them. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export const bundledLua = {
  name: 'bundled-lua',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]lua-files\.ts$/ }, ({ path }) => {
      const folder = dirname(path);
      const files = readdirSync(folder).filter((name) => name.endsWith('.lua'));
      const texts = Object.fromEntries(files.map((name) => [name.slice(0, -'.lua'.length), readFileSync(join(folder, name), 'utf8')]));
      return {
        contents: `const texts = ${JSON.stringify(texts)};\nexport const luaFile = (name) => texts[name];`,
        watchFiles: files.map((name) => join(folder, name)),
      };
    });
  },
};

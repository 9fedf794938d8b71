import { readFileSync } from 'node:fs';

/** The text of `NAME.lua` in this folder. The build puts the texts in place of this module (scripts/bundled-lua.js), so that what is built reads no files. */
export function luaFile(name: string): string {
  return readFileSync(new URL(`${name}.lua`, import.meta.url), 'utf8');
}

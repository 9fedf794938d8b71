import { readFileSync } from 'node:fs';

/**
 * The text of `NAME.lua` in this folder. The build replaces this module by one that contains the texts
 * (scripts/bundled-lua.js), so the package reads no files.
 */
export function luaFile(name: string): string {
  return readFileSync(new URL(`${name}.lua`, import.meta.url), 'utf8');
}

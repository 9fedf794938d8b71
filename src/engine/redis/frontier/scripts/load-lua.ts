import { CONSTANTS } from './constants.ts';
import { luaFile } from './lua-files.ts';

/**
 * The script `NAME.lua` of this folder as Redis gets it. Two kinds of lines are replaced. Both are comments in Lua, so
 * that each file can be parsed by itself:
 *
 *     --- @include "prelude"      the text of prelude.lua. In a function, each call runs its declarations.
 *     --- @constant DOWN_AFTER    a local variable with a value from constants.ts
 *
 * `npm run check` parses all scripts (scripts/check-lua.ts).
 */
export function loadLua(name: string): string {
  return luaFile(name)
    .replace(/^ *--- @include "([\w-]+)"$/gm, (_line, included: string) => loadLua(included).trimEnd())
    .replace(/^( *)--- @constant (\w+)$/gm, (_line, indent: string, constant: string) => {
      const value = CONSTANTS[constant];
      if (value === undefined) throw new Error(`${name}.lua: there is no constant ${constant}`);
      return `${indent}local ${constant} = ${value}`;
    });
}

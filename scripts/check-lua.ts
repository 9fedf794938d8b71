/**
 * Checks the Lua scripts of the frontier: each file parses as Lua 5.1 and starts with a comment that describes its arguments and its reply, and no script reads or sets a global variable that Redis
 * does not have. `npm run check` runs it.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import luaparse from 'luaparse';
import { loadLua } from '../src/engine/redis/frontier/scripts/load-lua.ts';

const FOLDER = fileURLToPath(new URL('../src/engine/redis/frontier/scripts/', import.meta.url));

/** The global variables of Redis that the scripts use. */
const GLOBALS = new Set('ARGV KEYS cjson ipairs math next pairs redis string table tonumber tostring type unpack'.split(' '));

/** The parts of a header, in this order. Included files have a different header. */
const HEADER = /^-- [\w-]+: .*?\n-- KEYS {3}.*?\n-- ARGV {3}.*?\n-- Reply {2}/s;
const INCLUDED_HEADER = /^-- Included /;

/** Problems of a single file, before its includes are expanded. */
export function fileProblems(name: string, text: string): string[] {
  const problems: string[] = [];
  const header = /^(?:--.*\n)*/.exec(text)?.[0] ?? '';
  if (!INCLUDED_HEADER.test(header) && !(HEADER.test(header) && header.startsWith(`-- ${name}: `)))
    problems.push(`${name}.lua does not start with a comment that says "${name}: …", KEYS, ARGV and Reply`);
  for (const [reply] of text.matchAll(/error_reply\('\S*'\)/g))
    problems.push(`${name}.lua: an error needs a text after its code: ${reply}`);
  try {
    luaparse.parse(text, { luaVersion: '5.1' });
  } catch (error) {
    problems.push(`${name}.lua: ${(error as Error).message}`);
  }
  return problems;
}

/** Problems of a script as it is sent to Redis. */
export function scriptProblems(name: string, script: string): string[] {
  try {
    const { globals = [] } = luaparse.parse(script, { luaVersion: '5.1', scope: true, locations: true }) as luaparse.Chunk & {
      globals?: luaparse.Identifier[];
    };
    const lines = script.split('\n');
    return globals
      .filter((global) => !GLOBALS.has(global.name))
      .map((global) => `${name}.lua: ${global.name} is declared nowhere: ${lines[(global.loc?.start.line ?? 1) - 1]?.trim()}`);
  } catch (error) {
    return [`${name}.lua with what it includes: ${(error as Error).message}`];
  }
}

/** Problems of all files. */
export function luaProblems(): string[] {
  const names = readdirSync(FOLDER)
    .filter((name) => name.endsWith('.lua'))
    .map((name) => basename(name, '.lua'));
  const texts = new Map(names.map((name) => [name, readFileSync(join(FOLDER, `${name}.lua`), 'utf8')]));
  const scripts = names.filter((name) => !INCLUDED_HEADER.test(texts.get(name) as string));
  return [
    ...names.flatMap((name) => fileProblems(name, texts.get(name) as string)),
    ...scripts.flatMap((name) => scriptProblems(name, loadLua(name))),
  ];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const problems = luaProblems();
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) process.exitCode = 1;
}

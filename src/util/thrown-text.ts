import { basename } from 'node:path';
import { version } from 'node:process';

/** An error's message can hold a whole page. */
const MOST_CHARS = 500;

/** What a module threw, in a line: name and message, and where in the module it was, if that is known: `TypeError: x is not a function (titles.mjs:3:9)`. Never throws. */
export function thrownText(thrown: unknown, modulePath: string): string {
  const place = placeIn(modulePath, thrown);
  return place === undefined ? summary(thrown) : `${summary(thrown)} (${place})`;
}

function summary(thrown: unknown): string {
  const [line = ''] = wordsOf(thrown).split('\n');
  return line.length > MOST_CHARS ? `${line.slice(0, MOST_CHARS)}…` : line;
}

/** Anything can be thrown, also what cannot be made a string. */
function wordsOf(thrown: unknown): string {
  try {
    if (!(thrown instanceof Error)) return String(thrown);
    const { name, message } = thrown;
    return message === '' ? name : name === 'Error' ? message : `${name}: ${message}`;
  } catch {
    return 'a value that cannot be shown';
  }
}

/** The first place in the module that the stack names, as `FILE:LINE:COLUMN`. */
function placeIn(modulePath: string, thrown: unknown): string | undefined {
  const stack = stackOf(thrown);
  const name = basename(modulePath);
  // ECMAScript modules are named by their URLs, CommonJS by its path.
  const [, place] = new RegExp(`[/\\\\](?:${escaped(name)}|${escaped(encodeURI(name))})(:\\d+:\\d+)`).exec(stack) ?? [];
  return place === undefined ? undefined : name + place;
}

function stackOf(thrown: unknown): string {
  try {
    return thrown instanceof Error ? String(thrown.stack ?? '') : '';
  } catch {
    return '';
  }
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** Why `import` rejected for a module that an operator wrote, and the way out, in words that follow its name. @param modulePath absolute */
export function loadProblem(error: unknown, modulePath: string): string {
  const { code } = Object(error) as { code?: unknown };
  if (code === 'ERR_UNKNOWN_FILE_EXTENSION')
    return `this Node (${version}) cannot run such files: write it as .mjs, or use Node 22.18 or newer for .ts`;
  // Where it is, Node tells nobody but itself.
  if (error instanceof SyntaxError) return `${thrownText(error, modulePath)}: node --check ${modulePath} shows where`;
  return thrownText(error, modulePath);
}

import { basename } from 'node:path';
import { version } from 'node:process';

/** An error's message can be as long as a whole page. */
const MAX_CHARS = 500;

/**
 * One line about a value that a user's module threw: name, message and, if the stack shows it, the position in the
 * module, such as `TypeError: x is not a function (titles.mjs:3:9)`. Never throws.
 *
 * @param modulePath absolute path of the module
 */
export function thrownText(thrown: unknown, modulePath: string): string {
  const position = positionIn(modulePath, thrown);
  return position === undefined ? summary(thrown) : `${summary(thrown)} (${position})`;
}

function summary(thrown: unknown): string {
  const [line = ''] = messageOf(thrown).split('\n');
  return line.length > MAX_CHARS ? `${line.slice(0, MAX_CHARS)}…` : line;
}

/** Code can throw any value, even one that `String` cannot convert. */
function messageOf(thrown: unknown): string {
  try {
    if (!(thrown instanceof Error)) return String(thrown);
    const { name, message } = thrown;
    return message === '' ? name : name === 'Error' ? message : `${name}: ${message}`;
  } catch {
    return 'a value that cannot be shown';
  }
}

/** The first position in the module that the stack names, as `FILE:LINE:COLUMN`. */
function positionIn(modulePath: string, thrown: unknown): string | undefined {
  const stack = stackOf(thrown);
  const name = basename(modulePath);
  // The stack names an ECMAScript module by its URL, and a CommonJS module by its path.
  const [, position] = new RegExp(`[/\\\\](?:${escapeRegExp(name)}|${escapeRegExp(encodeURI(name))})(:\\d+:\\d+)`).exec(stack) ?? [];
  return position === undefined ? undefined : name + position;
}

function stackOf(thrown: unknown): string {
  try {
    return thrown instanceof Error ? String(thrown.stack ?? '') : '';
  } catch {
    return '';
  }
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/**
 * Why `import` rejected for a user's module, and what to do about it. The text follows the name of the module.
 *
 * @param modulePath absolute path of the module
 */
export function loadProblem(error: unknown, modulePath: string): string {
  const { code } = Object(error) as { code?: unknown };
  if (code === 'ERR_UNKNOWN_FILE_EXTENSION')
    return `this Node (${version}) cannot run such files: write it as .mjs, or use Node 22.18 or newer for .ts`;
  // Node prints the position of a syntax error itself, but does not put it into the error.
  if (error instanceof SyntaxError) return `${thrownText(error, modulePath)}: node --check ${modulePath} shows where`;
  return thrownText(error, modulePath);
}

import { basename } from 'node:path';

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
    return 'something that cannot be told';
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

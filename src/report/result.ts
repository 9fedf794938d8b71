import { shownNumber } from './shown-figures.ts';
import { visible } from './shown-text.ts';

/** The result of `--reduce`. */
export interface Result {
  /** Can be written as JSON. */
  value: unknown;
  /** A string as it is; anything else as indented JSON. */
  text: string;
}

/** The reduce module fails, or returns something that is not a result. Its author must fix it. */
export class ReduceError extends Error {}

/** Reports that show the result among other things cut it beyond these limits. */
const MAX_LINES = 50;
const MAX_CHARS = 4_000;
const MAX_LINE_CHARS = 500;

/** Throws ReduceError if the value cannot be written as JSON. @param path the module that made it, for the message */
export function resultOf(value: unknown, path: string): Result {
  if (typeof value === 'string') return { value, text: value };
  const text = jsonOf(value, path);
  if (text === undefined) throw new ReduceError(`the result of ${path} is ${typeof value}, which is not JSON: return its value`);
  return { value, text: `${text}\n` };
}

function jsonOf(value: unknown, path: string): string | undefined {
  try {
    return JSON.stringify(value, undefined, 2);
  } catch (cause) {
    const [reason] = (cause as Error).message.split('\n');
    throw new ReduceError(`the result of ${path} is not valid JSON: ${reason}`, { cause });
  }
}

/** The lines of the result, safe to show on a page or a terminal. If the result is cut, a last line says how much is missing. */
export function shownLines({ text }: Result): string[] {
  const whole = text.replace(/\r?\n$/, '').split(/\r?\n/);
  const lines: string[] = [];
  let chars = 0;
  for (const line of whole) {
    const shown = visible(line.slice(0, MAX_LINE_CHARS).replaceAll('\t', '  ')) + (line.length > MAX_LINE_CHARS ? '…' : '');
    chars += shown.length;
    if (lines.length === MAX_LINES || chars > MAX_CHARS) break;
    lines.push(shown);
  }
  const left = whole.length - lines.length;
  return left === 0 ? lines : [...lines, `… ${shownNumber(left)} more ${left === 1 ? 'line' : 'lines'}: -f result prints all of it`];
}

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A change of the program at a marker: a comment line `chaos: NAME` in `src`, unique across all files. It precedes the code that is changed, which is the statement that begins on the next line, up to the line
 * that closes it. A change therefore follows its code when that is moved or rewritten.
 */
export interface Change {
  at: string;
  to: (code: string) => string;
}

const MARKER = /^ *(?:--|\/\/) chaos: ([\w-]+)$/;
/** Closes a statement with the same indentation, or continues it. */
const CLOSING = /^ *(?:end\b|else|[})\]])/;

const indentOf = (line: string): number => line.length - line.trimStart().length;

/** The line after the statement that begins at `from`. */
function endOf(lines: readonly string[], from: number): number {
  const indent = indentOf(lines[from] as string);
  let at = from + 1;
  for (; at < lines.length; at++) {
    const line = lines[at] as string;
    const isInside = line === '' ? indentOf(lines[at + 1] ?? '') > indent : indentOf(line) > indent;
    if (!isInside && !(indentOf(line) === indent && CLOSING.test(line))) break;
  }
  return at;
}

/** The sources of the program in a folder that has a `src`, by their paths. */
function readSources(root: string): Map<string, string[]> {
  const names = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter((name) => /\.(?:ts|lua)$/.test(name));
  return new Map(names.map((name) => [join(root, 'src', name), readFileSync(join(root, 'src', name), 'utf8').split('\n')]));
}

/** All markers, with the position of the line after each. */
function findMarkers(sources: ReadonlyMap<string, readonly string[]>): Array<{ marker: string; file: string; from: number }> {
  return [...sources].flatMap(([file, lines]) =>
    lines.flatMap((line, index) => {
      const marker = MARKER.exec(line)?.[1];
      return marker === undefined ? [] : [{ marker, file, from: index + 1 }];
    }),
  );
}

/** The names of all markers. */
export function markersOf(root: string): string[] {
  return findMarkers(readSources(root)).map(({ marker }) => marker);
}

/** The changed files with their new texts. Throws if a marker does not occur exactly once, or if a change finds nothing to change. */
export function changedFiles(root: string, changes: readonly Change[]): Map<string, string> {
  const sources = readSources(root);
  const changed = new Map<string, string>();
  for (const { at, to } of changes) {
    const found = findMarkers(sources).filter(({ marker }) => marker === at);
    if (found.length !== 1) throw new Error(`the marker "chaos: ${at}" stands in src ${found.length} times`);
    const { file, from } = found[0] as { file: string; from: number };
    const lines = sources.get(file) as string[];
    const end = endOf(lines, from);
    const code = lines.slice(from, end).join('\n');
    const other = to(code);
    if (other === code) throw new Error(`nothing to change after "chaos: ${at}" in ${file}:\n${code}`);
    const text = [...lines.slice(0, from), ...(other === '' ? [] : other.split('\n')), ...lines.slice(end)];
    sources.set(file, text);
    changed.set(file, text.join('\n'));
  }
  return changed;
}

/** Removes the statement. */
export const gone = (): string => '';
/** Executes it twice. */
export const twice = (code: string): string => `${code}\n${code}`;
/** Makes the condition of a Lua `if` always false. */
export const never = (code: string): string => code.replace(/(\bif ).*?( then\b)/, '$1false$2');
/** Makes the condition always true. */
export const always = (code: string): string => code.replace(/(\bif ).*?( then\b)/, '$1true$2');
/** Replaces the code. */
export const instead = (other: string) => (): string => other;
/** Replaces a part of the code. */
export const replaced =
  (part: string | RegExp, other: string) =>
  (code: string): string =>
    code.replace(part, () => other);
/** Changes the first number. */
export const counting =
  (other: number) =>
  (code: string): string =>
    code.replace(/\b\d[\d_]*\b/, String(other));

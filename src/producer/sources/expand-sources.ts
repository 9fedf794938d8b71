import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { UsageError } from '../../model/errors.ts';
import { type Log, silentLog } from '../../model/log.ts';
import { documentKind } from '../documents/document-kind.ts';
import { readProblem } from './read-problem.ts';
import type { Reading, SourceSpec } from './source.ts';

/** A source as the command line names it: a single one, or several by a folder or a pattern. */
export type NamedSource =
  | SourceSpec
  | { kind: 'folder'; path: string; reading?: Reading }
  | { kind: 'pattern'; pattern: string; reading?: Reading }
  /** Excludes files that match the pattern (`!PATTERN`). */
  | { kind: 'except'; pattern: string };

export interface ExpandOptions {
  /** Regular expressions, as text: files whose path matches one are not read. */
  excludePaths?: readonly string[];
  log?: Log;
}

/**
 * Replaces folders by the documents below them, and patterns by the files that match, in the order of their names.
 * Hidden files, files in `node_modules` and excluded files are left out. Rejects with UsageError if a folder or pattern
 * gives no file, or if no file is left.
 */
export async function expandSources(
  named: readonly NamedSource[],
  { excludePaths = [], log = silentLog }: ExpandOptions = {},
): Promise<SourceSpec[]> {
  const specs: SourceSpec[] = [];
  const exceptions: string[] = [];
  for (const source of named) {
    if (source.kind === 'folder') specs.push(...(await documentsBelow(source, log)));
    else if (source.kind === 'pattern') specs.push(...(await matchingFiles(source)));
    else if (source.kind === 'except') exceptions.push(source.pattern);
    else specs.push(source);
  }
  return withoutExcluded(specs, exceptions, excludePaths);
}

async function withoutExcluded(
  specs: readonly SourceSpec[],
  exceptions: readonly string[],
  excludePaths: readonly string[],
): Promise<SourceSpec[]> {
  if (exceptions.length === 0 && excludePaths.length === 0) return [...specs];
  const { glob } = await import('tinyglobby');
  const excluded = new Set(
    exceptions.length === 0 ? [] : (await glob(exceptions, { absolute: true, dot: true })).map((path) => resolve(path)),
  );
  const excluding = excludePaths.map((source) => new RegExp(source));
  const left = specs.filter((spec) => {
    if (spec.kind !== 'file') return true;
    const path = resolve(spec.path);
    // The path as it was named, and the path relative to the working directory.
    const names = [spec.path, relative('', path)].map((name) => name.split(sep).join('/'));
    return !excluded.has(path) && !excluding.some((pattern) => names.some((name) => pattern.test(name)));
  });
  if (left.length === 0 && specs.length > 0)
    throw new UsageError('no files are left to read: --exclude-path and !PATTERN exclude all of them');
  return left;
}

async function documentsBelow({ path, reading }: Extract<NamedSource, { kind: 'folder' }>, log: Log): Promise<SourceSpec[]> {
  const input = reading?.input ?? 'auto';
  if (input !== 'auto' && input !== 'markdown' && input !== 'html') {
    throw new UsageError(
      `${path} is a folder: ${input === 'lines' ? 'give a file with one URL per line' : `--input ${input} reads files`}`,
    );
  }
  const files: string[] = [];
  await walk(path, await entriesOf(path), files, log);
  const specs = files.sort().flatMap((file): SourceSpec[] => {
    const kind = documentKind(file);
    if (kind === undefined || (input !== 'auto' && kind !== input)) return [];
    // A folder of HTML pages is usually the root of a site.
    const rootDir = kind === 'html' && reading?.rootDir === undefined ? { rootDir: path } : {};
    return [{ kind: 'file', path: file, ...((reading !== undefined || kind === 'html') && { reading: { ...rootDir, ...reading } }) }];
  });
  if (specs.length === 0)
    throw new UsageError(`${path} has no documents: in folders, Trawl reads files that end in .md, .markdown, .mdx, .html, .htm or .xhtml`);
  return specs;
}

/**
 * Collects the documents below a folder. Symbolic links to folders are not followed, because they can form cycles. A
 * subfolder that cannot be read is skipped with a warning.
 */
async function walk(folder: string, entries: readonly Dirent[], files: string[], log: Log): Promise<void> {
  for (const entry of entries) {
    if (entry.name.startsWith('.') || entry.name === 'node_modules') continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      const below = await entriesOf(path).catch((error: Error) => {
        log.warn({ event: 'folder-unreadable' }, `${error.message}: the documents in this folder are not read`);
        return [];
      });
      await walk(path, below, files, log);
    } else if (documentKind(entry.name) !== undefined && (entry.isFile() || (entry.isSymbolicLink() && (await isFile(path)))))
      files.push(path);
  }
}

/** Rejects with UsageError if the folder cannot be read. */
async function entriesOf(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    throw readProblem(folder, error);
  }
}

/** False for pipes, sockets and devices, because reading them may never end. */
async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (facts) => facts.isFile(),
    () => false,
  );
}

async function matchingFiles({ pattern, reading }: Extract<NamedSource, { kind: 'pattern' }>): Promise<SourceSpec[]> {
  const { glob } = await import('tinyglobby');
  const named = pattern.includes('node_modules');
  // `ignore` saves the walk through node_modules, but has no effect on absolute patterns, so the files are filtered
  // too. Symbolic links to folders are followed, because otherwise links to files would not be found.
  const ignore = named ? [] : ['**/node_modules/**'];
  const found = await glob(pattern, { ignore, expandDirectories: false, absolute: isAbsolute(pattern) });
  const files: string[] = [];
  for (const file of found) if ((named || !file.split('/').includes('node_modules')) && (await isFile(file))) files.push(file);
  if (files.length === 0) throw new UsageError(`no file matches ${pattern}`);
  return files.sort().map((path): SourceSpec => ({ kind: 'file', path, ...(reading !== undefined && { reading }) }));
}

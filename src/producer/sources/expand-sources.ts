import { type Dirent, existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { UsageError } from '../../core/errors.ts';
import { documentKind } from '../../documents/document-kind.ts';
import { readProblem } from './read-problem.ts';
import type { Reading } from './reading.ts';
import type { SourceSpec } from './source.ts';

/** A source as it was named: one, or several by a folder or a pattern. */
export type NamedSource =
  | SourceSpec
  | { kind: 'folder'; path: string; reading?: Reading }
  | { kind: 'pattern'; pattern: string; reading?: Reading };

/**
 * What folders and patterns stand for, in the order of their names: the documents below a folder, and the files that match a pattern, but for what is hidden or installed by npm.
 * Rejects with UsageError where that is nothing.
 */
export async function expandSources(named: readonly NamedSource[]): Promise<SourceSpec[]> {
  const specs: SourceSpec[] = [];
  for (const source of named) {
    if (source.kind === 'folder') specs.push(...(await documentsBelow(source)));
    else if (source.kind === 'pattern') specs.push(...(await matchingFiles(source)));
    else specs.push(source);
  }
  return specs;
}

async function documentsBelow({ path, reading }: Extract<NamedSource, { kind: 'folder' }>): Promise<SourceSpec[]> {
  const input = reading?.input ?? 'auto';
  if (input !== 'auto' && input !== 'markdown' && input !== 'html') {
    throw new UsageError(`${path} is a folder: ${input === 'lines' ? 'give a file with one URL a line' : `--input ${input} reads files`}`);
  }
  const files: string[] = [];
  await walk(path, files);
  const specs = files.sort().flatMap((file): SourceSpec[] => {
    const kind = documentKind(file);
    if (kind === undefined || (input !== 'auto' && kind !== input)) return [];
    // A folder of pages is mostly a site as it is served.
    const rootDir = kind === 'html' && reading?.rootDir === undefined ? { rootDir: path } : {};
    return [{ kind: 'file', path: file, ...((reading !== undefined || kind === 'html') && { reading: { ...rootDir, ...reading } }) }];
  });
  if (specs.length === 0)
    throw new UsageError(
      `${path} has no documents in it: of a folder, files ending in .md, .markdown, .mdx, .html, .htm and .xhtml are read`,
    );
  return specs;
}

/** Links to folders are not followed: they can lead in circles. */
async function walk(folder: string, files: string[]): Promise<void> {
  let entries: Dirent[];
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (error) {
    throw readProblem(folder, error);
  }
  for (const entry of entries) {
    if (entry.name.startsWith('.') || entry.name === 'node_modules') continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await walk(path, files);
    else if (documentKind(entry.name) !== undefined && (entry.isFile() || existsSync(path))) files.push(path);
  }
}

async function matchingFiles({ pattern, reading }: Extract<NamedSource, { kind: 'pattern' }>): Promise<SourceSpec[]> {
  const { glob } = await import('tinyglobby');
  const named = pattern.includes('node_modules');
  // It saves the walk through it; below an absolute pattern it matches nothing. Links to folders are followed once, since without that links to files are not found.
  const ignore = named ? [] : ['**/node_modules/**'];
  const found = await glob(pattern, { ignore, expandDirectories: false, absolute: isAbsolute(pattern) });
  const files = named ? found : found.filter((file) => !file.split('/').includes('node_modules'));
  if (files.length === 0) throw new UsageError(`no file matches ${pattern}`);
  return files.sort().map((path): SourceSpec => ({ kind: 'file', path, ...(reading !== undefined && { reading }) }));
}

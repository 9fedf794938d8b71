import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { addAbortSignal, type Readable } from 'node:stream';
import { UsageError } from '../../model/errors.ts';
import type { DocumentKind } from '../documents/document-kind.ts';
import type { DocumentLinksOptions, OpenDocument } from '../documents/document-links.ts';
import { inChunks } from './chunks.ts';
import { pipeBytes } from './pipe-bytes.ts';
import { readProblem } from './read-problem.ts';
import type { Source } from './source.ts';

/**
 * A document in a file. Rejects with UsageError if there is no such file, or if it is a folder. Other problems are
 * reported only when it is read, so that they do not stop the other documents.
 */
export async function openDocument(
  name: string,
  kind: DocumentKind,
  { at = name, rootDir }: { at?: string; rootDir?: string },
): Promise<OpenDocument> {
  const isPipe = await checkPresent(name, at);
  return {
    name,
    kind,
    path: resolve(at),
    ...(rootDir !== undefined && { rootDir }),
    async read(signal) {
      try {
        return await (isPipe ? wholeOf(addAbortSignal(signal, await pipeBytes(at))) : readFile(at, { signal }));
      } catch (error) {
        if (signal.aborted) throw error;
        throw readProblem(name, error);
      }
    },
  };
}

/** A document on stdin. Its links are relative to the working directory. */
export function stdinDocument(stdin: Readable, kind: DocumentKind, workingDir: string, rootDir?: string): OpenDocument {
  return {
    name: '-',
    kind,
    path: resolve(workingDir, '-'),
    ...(rootDir !== undefined && { rootDir }),
    read: (signal) => wholeOf(addAbortSignal(signal, stdin)),
  };
}

/** The links of all documents as one source, because a link that occurs in several documents is one entry. */
export function documentSource(documents: readonly OpenDocument[], options: DocumentLinksOptions): Source {
  const names = documents.map(({ name }) => name);
  return {
    name: names[0] ?? 'documents',
    documents: names,
    live: names.includes('-'),
    format: 'links',
    async *lines(signal) {
      const { documentLinks } = await import('../documents/document-links.ts');
      yield* inChunks(documentLinks(documents, options, signal));
    },
  };
}

/** Resolves with true for a named pipe. Rejects with UsageError if the file is missing or a folder. */
async function checkPresent(name: string, at: string): Promise<boolean> {
  const facts = await stat(at).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') throw readProblem(name, error);
    return undefined;
  });
  if (facts?.isDirectory()) throw new UsageError(`${name} is a folder: give a file`);
  return facts?.isFIFO() ?? false;
}

async function wholeOf(bytes: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  return Buffer.concat(chunks);
}

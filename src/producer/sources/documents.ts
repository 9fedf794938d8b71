import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import { addAbortSignal, type Readable } from 'node:stream';
import type { DocumentKind } from '../../documents/document-kind.ts';
import type { OpenDocument } from '../../documents/document-links.ts';
import { checkReadable } from './file.ts';
import { checkedBytes } from './list.ts';
import { readProblem } from './read-problem.ts';
import type { Source } from './source.ts';

const CHUNK_LINES = 500;
const CHUNK_BYTES = 256 * 1_024;

/** What a document is called in messages. */
const WHAT = 'text';

export interface DocumentsOptions {
  /** Absolute: what local links are shown relative to. */
  workingDir: string;
  stripParams: readonly string[];
}

/** A document in a file. Rejects with UsageError as `openFile` does. */
export async function openDocument(
  name: string,
  kind: DocumentKind,
  { at = name, rootDir }: { at?: string; rootDir?: string },
): Promise<OpenDocument> {
  await checkReadable(name, at, WHAT);
  return {
    name,
    kind,
    path: resolve(at),
    ...(rootDir !== undefined && { rootDir }),
    async read(signal) {
      try {
        return await wholeOf(createReadStream(at, { highWaterMark: CHUNK_BYTES, signal }), name);
      } catch (error) {
        if (signal.aborted) throw error;
        throw readProblem(name, error);
      }
    },
  };
}

/** A document that comes through stdin. Its links are relative to the working directory. */
export function stdinDocument(stdin: Readable, kind: DocumentKind, workingDir: string, rootDir?: string): OpenDocument {
  return {
    name: '-',
    kind,
    path: resolve(workingDir, '-'),
    ...(rootDir !== undefined && { rootDir }),
    read: (signal) => wholeOf(addAbortSignal(signal, stdin), '-'),
  };
}

/** The links of all documents as one source, since a link that stands in several is one. */
export function documentSource(documents: readonly OpenDocument[], options: DocumentsOptions): Source {
  const names = documents.map(({ name }) => name);
  return {
    name: names[0] ?? 'documents',
    documents: names,
    live: names.includes('-'),
    format: 'links',
    async *lines(signal) {
      const { documentLinks } = await import('../../documents/document-links.ts');
      let chunk: string[] = [];
      for await (const line of documentLinks(documents, options, signal)) {
        chunk.push(line);
        if (chunk.length < CHUNK_LINES) continue;
        yield chunk;
        chunk = [];
      }
      yield chunk;
    },
  };
}

async function wholeOf(bytes: AsyncIterable<Uint8Array>, name: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of checkedBytes(bytes, name, WHAT)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

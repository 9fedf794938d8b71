import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { addAbortSignal, type Readable } from 'node:stream';
import { UsageError } from '../../model/errors.ts';
import { type Log, silentLog } from '../../model/log.ts';
import type { DocumentKind } from '../documents/document-kind.ts';
import type { DocumentLinksOptions, OpenDocument } from '../documents/document-links.ts';
import { documentSource, openDocument, stdinDocument } from './documents.ts';
import { type DownloadOptions, openDownload } from './download-bytes.ts';
import { openFile } from './file.ts';
import { documentKindOf, readerOf } from './reading.ts';
import { openSiteSitemaps } from './site-sitemaps.ts';
import { openSitemap } from './sitemap.ts';
import type { Reading, Source, SourceSpec } from './source.ts';

/**
 * What sources need for reading, and the log for problems that do not stop them. By default, documents are resolved
 * from the working directory, and their links are neither stripped nor excluded.
 */
interface SourceIo extends Partial<Pick<DocumentLinksOptions, 'workingDir' | 'stripParams' | 'exclude' | 'excludeFragments'>> {
  stdin: Readable;
  log?: Log;
  /** Required if a spec names a list or sitemap to download. */
  downloads?: DownloadOptions;
}

/**
 * Opens the sources that the specs name, in their order. All URLs together are one source, at the position of the
 * first, and so are all documents. Nothing is read yet, but clear mistakes are refused with UsageError: a missing file,
 * a folder, a binary file as a list, stdin twice.
 */
export async function openSources(specs: readonly SourceSpec[], io: SourceIo): Promise<Source[]> {
  if (specs.filter((spec) => spec.kind === 'stdin').length > 1) throw new UsageError('stdin (-) can be read only once');
  const urls = specs.flatMap((spec) => (spec.kind === 'url' ? [spec.url] : []));
  const firstUrl = specs.findIndex((spec) => spec.kind === 'url');
  const { stdin, log = silentLog, workingDir = resolve(), stripParams = [], exclude = [], excludeFragments = [] } = io;
  const documents = await openDocuments(specs, stdin, workingDir);
  const firstDocument = specs.findIndex(isDocument);
  const sources: Source[] = [];
  for (const [index, spec] of specs.entries()) {
    if (index === firstDocument) {
      // All documents have the same options.
      const { fallbackExtensions, indexFiles, remaps, wikiLinks } = spec.reading ?? {};
      const rules = {
        ...(fallbackExtensions !== undefined && { fallbackExtensions }),
        ...(indexFiles !== undefined && { indexFiles }),
        ...(remaps !== undefined && { remaps }),
        ...(wikiLinks !== undefined && { wikiLinks }),
      };
      sources.push(documentSource(documents, { workingDir, stripParams, exclude, excludeFragments, log, ...rules }));
    }
    if (isDocument(spec)) continue;
    switch (spec.kind) {
      case 'file':
        sources.push(await openFile(spec.path, spec));
        break;
      case 'stdin':
        sources.push(fromStdin(stdin, spec.reading));
        break;
      case 'list-url':
        sources.push(openDownload(spec.url, spec.reading, downloadsOf(io)));
        break;
      case 'sitemap': {
        const sitemapIo = { log, downloads: downloadsOf(io) };
        sources.push(
          spec.url === 'auto' ? openSiteSitemaps(urls, spec.reading, sitemapIo) : openSitemap(spec.url, spec.reading, sitemapIo),
        );
        break;
      }
      case 'url':
        if (index === firstUrl) sources.push(fromUrls(urls, spec.reading));
        break;
      default:
        throw new TypeError(`no source of this kind: ${JSON.stringify(spec satisfies never)}`);
    }
  }
  return sources;
}

function downloadsOf({ downloads }: SourceIo): DownloadOptions {
  if (downloads === undefined) throw new TypeError('`downloads` is required to download lists and sitemaps');
  return downloads;
}

function isDocument(spec: SourceSpec): boolean {
  return kindOf(spec) !== undefined;
}

function kindOf(spec: SourceSpec): DocumentKind | undefined {
  if (spec.kind === 'file') return documentKindOf(spec.path, spec.reading);
  return spec.kind === 'stdin' ? documentKindOf('stdin', spec.reading) : undefined;
}

/** Opens the documents. A file that is named twice, for example directly and by a pattern, is one document. */
async function openDocuments(specs: readonly SourceSpec[], stdin: Readable, workingDir: string): Promise<OpenDocument[]> {
  const documents = new Map<string, OpenDocument>();
  for (const spec of specs) {
    const kind = kindOf(spec);
    if (kind === undefined) continue;
    const rootDir = spec.reading?.rootDir === undefined ? undefined : resolve(workingDir, spec.reading.rootDir);
    if (rootDir !== undefined && !(await isFolder(rootDir))) throw new UsageError(`--root-dir ${spec.reading?.rootDir} is not a folder`);
    const options = rootDir !== undefined && { rootDir };
    const document =
      spec.kind === 'file' ? await openDocument(spec.path, kind, { ...spec, ...options }) : stdinDocument(stdin, kind, workingDir, rootDir);
    if (!documents.has(document.path)) documents.set(document.path, document);
  }
  return [...documents.values()];
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (facts) => facts.isDirectory(),
    () => false,
  );
}

function fromUrls(urls: string[], reading: Reading | undefined): Source {
  return {
    name: 'command line',
    live: false,
    ...(reading?.dedupe === 'none' && { identity: 'line' }),
    async *lines() {
      yield urls;
    },
  };
}

function fromStdin(stdin: Readable, reading: Reading | undefined): Source {
  const { split, ...traits } = readerOf('stdin', reading);
  return {
    name: '-',
    live: true,
    ...traits,
    // When the signal aborts, this destroys stdin. Otherwise a pending read could wait forever, and keep the process
    // alive.
    lines: (signal) => split(addAbortSignal(signal, stdin)),
  };
}

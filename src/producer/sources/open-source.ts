import { addAbortSignal, type Readable } from 'node:stream';
import { UsageError } from '../../core/errors.ts';
import { type Log, silentLog } from '../../core/log.ts';
import { openDownload } from './download.ts';
import { openFile } from './file.ts';
import { type Reading, readerOf } from './reading.ts';
import { openSitemap } from './sitemap.ts';
import type { Source, SourceSpec } from './source.ts';

/** What sources take of the process, and where they say what does not stop them. Without a log that goes unsaid. */
export interface SourceIo {
  stdin: Readable;
  log?: Log;
}

/**
 * The sources that the specs name, in their order; all URLs together are one source, where the first of them stood.
 * Nothing is read yet, but what is visibly wrong is refused here with UsageError: a missing file, a folder, a binary file, stdin twice.
 */
export async function openSources(specs: readonly SourceSpec[], { stdin, log = silentLog }: SourceIo): Promise<Source[]> {
  if (specs.filter((spec) => spec.kind === 'stdin').length > 1) throw new UsageError('stdin (-) can be read only once');
  const urls = specs.flatMap((spec) => (spec.kind === 'url' ? [spec.url] : []));
  const firstUrl = specs.findIndex((spec) => spec.kind === 'url');
  const sources: Source[] = [];
  for (const [index, spec] of specs.entries()) {
    switch (spec.kind) {
      case 'file':
        sources.push(await openFile(spec.path, spec));
        break;
      case 'stdin':
        sources.push(fromStdin(stdin, spec.reading));
        break;
      case 'list-url':
        sources.push(openDownload(spec.url, spec.reading));
        break;
      case 'sitemap':
        sources.push(openSitemap(spec.url, spec.reading, log));
        break;
      case 'url':
        if (index === firstUrl) sources.push(fromUrls(urls, spec.reading));
        break;
    }
  }
  return sources;
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
    // Destroying it at the stop is what ends a read that may otherwise wait for ever, and with it the process.
    lines: (signal) => split(addAbortSignal(signal, stdin)),
  };
}

import { addAbortSignal, type Readable } from 'node:stream';
import { UsageError } from '../../core/errors.ts';
import { openDownload } from './download.ts';
import { openFile } from './file.ts';
import { splitLines } from './list.ts';
import type { Source, SourceSpec } from './source.ts';

/**
 * The sources that the specs name, in their order; all URLs together are one source, where the first of them stood.
 * Nothing is read yet, but what is visibly wrong is refused here with UsageError: a missing file, a folder, a binary file, stdin twice.
 */
export async function openSources(specs: readonly SourceSpec[], io: { stdin: Readable }): Promise<Source[]> {
  if (specs.filter((spec) => spec.kind === 'stdin').length > 1) throw new UsageError('stdin (-) can be read only once');
  const urls = specs.flatMap((spec) => (spec.kind === 'url' ? [spec.url] : []));
  const firstUrl = specs.findIndex((spec) => spec.kind === 'url');
  const sources: Source[] = [];
  for (const [index, spec] of specs.entries()) {
    switch (spec.kind) {
      case 'file':
        sources.push(await openFile(spec.path, spec.at));
        break;
      case 'stdin':
        sources.push(fromStdin(io.stdin));
        break;
      case 'list-url':
        sources.push(openDownload(spec.url));
        break;
      case 'url':
        if (index === firstUrl) sources.push(fromUrls(urls));
        break;
    }
  }
  return sources;
}

function fromUrls(urls: string[]): Source {
  return {
    name: 'command line',
    live: false,
    async *lines() {
      yield urls;
    },
  };
}

function fromStdin(stdin: Readable): Source {
  return {
    name: '-',
    live: true,
    // Destroying it at the stop is what ends a read that may otherwise wait for ever, and with it the process.
    lines: (signal) => splitLines(addAbortSignal(signal, stdin), 'stdin'),
  };
}

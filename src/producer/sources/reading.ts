import { UsageError } from '../../model/errors.ts';
import { MAX_RECORD_CHARS } from '../../model/lines/record-line.ts';
import { MAX_LINE_CHARS } from '../../model/lines/seed-line.ts';
import { type DocumentKind, documentKind } from '../documents/document-kind.ts';
import { csvRecords } from './csv.ts';
import { splitLines } from './list.ts';
import type { Reading, Source } from './source.ts';

/** How a list is read: as lines of this format. */
interface Reader extends Pick<Source, 'format' | 'identity'> {
  split(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string[], void, undefined>;
}

/** The kind of document of the source with this name; undefined for a list. */
export function documentKindOf(name: string, { input = 'auto' }: Reading = {}): DocumentKind | undefined {
  if (input === 'markdown' || input === 'html') return input;
  return input === 'auto' ? documentKind(name) : undefined;
}

/** Returns how to read the list with this name. Throws UsageError if it was to be read as a document. */
export function readerOf(name: string, reading: Reading = {}): Reader {
  const { input = 'auto', urlColumn, delimiter, dedupe = 'auto' } = reading;
  if (input === 'markdown' || input === 'html') {
    throw new UsageError(`${name} is a list: documents are read from files, folders and stdin; download it first`);
  }
  const format = input === 'auto' ? formatByName(name) : input;
  const isRecords = format !== 'lines';
  const byLine = dedupe === 'auto' ? isRecords : dedupe === 'none';
  return {
    ...(isRecords && { format: 'records' }),
    ...(byLine && { identity: 'line' }),
    split: (bytes) => {
      if (format === 'csv' || format === 'tsv')
        return csvRecords(bytes, name, { delimiter: delimiter ?? (format === 'tsv' ? '\t' : undefined), urlColumn });
      return splitLines(bytes, name, isRecords ? MAX_RECORD_CHARS : MAX_LINE_CHARS);
    },
  };
}

function formatByName(name: string): 'lines' | 'jsonl' | 'csv' | 'tsv' {
  const path = /^https?:/i.test(name) && URL.canParse(name) ? new URL(name).pathname : name;
  const extension = /\.(jsonl|ndjson|csv|tsv)$/i.exec(path)?.[1]?.toLowerCase();
  if (extension === 'csv' || extension === 'tsv') return extension;
  return extension === undefined ? 'lines' : 'jsonl';
}

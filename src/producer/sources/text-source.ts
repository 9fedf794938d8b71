import { readerOf } from './reading.ts';
import type { Reading, Source } from './source.ts';

/** A source of a list that is already in memory. Throws UsageError if the list was to be read as a document. */
export function textSource(name: string, text: string, reading?: Reading): Source {
  const { split, ...traits } = readerOf(name, reading);
  return { name, live: false, ...traits, lines: () => split(oneChunk(text)) };
}

async function* oneChunk(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

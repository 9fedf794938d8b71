import { readerOf } from './reading.ts';
import type { Reading, Source } from './source.ts';

/** A list whose text is here. Throws UsageError where it was to be read as a document. */
export function textSource(name: string, text: string, reading?: Reading): Source {
  const { split, ...traits } = readerOf(name, reading);
  return { name, live: false, ...traits, lines: () => split(oneChunk(text)) };
}

async function* oneChunk(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

import { parseLinkLine } from './link-line.ts';
import { parseListLine } from './list-line.ts';
import { parseRecordLine } from './record-line.ts';
import type { SeedLine } from './seed-line.ts';

/** What the lines of a batch are: URLs, if nothing is said; `records`, see `parseRecordLine`; or `links` of documents, see `LinkLine`. */
export type LineFormat = 'records' | 'links';

/** How lines of that format are read. */
export function lineParser(format: LineFormat | undefined): (line: string) => SeedLine {
  if (format === 'records') return parseRecordLine;
  return format === 'links' ? parseLinkLine : parseListLine;
}

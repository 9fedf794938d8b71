import { parseLinkLine } from './link-line.ts';
import { parseListLine } from './list-line.ts';
import { parseRecordLine } from './record-line.ts';
import type { SeedLine } from './seed-line.ts';

/**
 * The format of the lines of a batch: `records` (see `parseRecordLine`) or `links` of documents (see `LinkLine`).
 * Absent: URLs.
 */
export type LineFormat = 'records' | 'links';

/** The parser for lines of a format. */
export function lineParser(format: LineFormat | undefined): (line: string) => SeedLine {
  if (format === 'records') return parseRecordLine;
  return format === 'links' ? parseLinkLine : parseListLine;
}

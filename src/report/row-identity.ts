import { hash } from 'node:crypto';
import { metaTextOf } from '../model/lines/outcome-line.ts';
import type { Outcome } from '../model/outcome.ts';

/** What a row needs for its identity. */
export type IdentifiedRow = Pick<Outcome, 'method' | 'url'> & Partial<Pick<Outcome, 'identity' | 'meta' | 'metaText'>>;

/**
 * Rows of two runs with the same identity are about the same thing: 64 bits of a digest, as 16 hexadecimal digits. Records of one URL differ by their `meta`. The line number does not count: lines move.
 */
export function rowIdentity(row: IdentifiedRow): string {
  const { method, url, identity, meta } = row;
  const record = identity === 'line' && meta !== undefined ? ` ${metaTextOf(row)}` : '';
  return hash('sha1', `${method} ${url}${record}`, 'hex').slice(0, 16);
}

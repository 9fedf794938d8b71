import { hash } from 'node:crypto';
import { metaTextOf } from '../model/lines/outcome-line.ts';
import type { Outcome } from '../model/outcome.ts';

/** The fields that make up a row's identity. */
export type IdentifiedRow = Pick<Outcome, 'method' | 'url'> & Partial<Pick<Outcome, 'identity' | 'meta' | 'metaText'>>;

/**
 * A key by which the same row is found in another run: 64 bits of a digest of its method and URL, as 16 hexadecimal digits. Records that share a URL differ by their `meta`. The line number is not part of it, because lines move.
 */
export function rowIdentity(row: IdentifiedRow): string {
  const { method, url, identity, meta } = row;
  const record = identity === 'line' && meta !== undefined ? ` ${metaTextOf(row)}` : '';
  return hash('sha1', `${method} ${url}${record}`, 'hex').slice(0, 16);
}

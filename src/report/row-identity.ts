import { hash } from 'node:crypto';
import { metaTextOf } from '../model/lines/outcome-line.ts';
import type { Outcome } from '../model/outcome.ts';

/** What makes rows of two runs rows of the same thing: 64 bits of a digest, as 16 hexadecimal digits. Of records, what they say under `meta` tells those of one URL apart; lines move. */
export function rowIdentity(outcome: Outcome): string {
  const { method, url, identity, meta } = outcome;
  const told = identity === 'line' && meta !== undefined ? ` ${metaTextOf(outcome)}` : '';
  return hash('sha1', `${method} ${url}${told}`, 'hex').slice(0, 16);
}

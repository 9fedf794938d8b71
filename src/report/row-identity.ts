import { hash } from 'node:crypto';
import type { Outcome } from '../core/outcome.ts';

/** What makes rows of two runs rows of the same thing: 64 bits of a digest, as 16 hexadecimal digits. Of records, what they say under `meta` tells those of one URL apart; lines move. */
export function rowIdentity({ method, url, identity, meta }: Outcome): string {
  const told = identity === 'line' && meta !== undefined ? ` ${JSON.stringify(meta)}` : '';
  return hash('sha1', `${method} ${url}${told}`, 'hex').slice(0, 16);
}

import { ChainCookies } from '../fetch/chain-cookies.ts';
import type { Entry } from '../model/entry.ts';
import type { RunId } from '../model/run-id.ts';
import type { ChainSecret, ChainSecrets } from '../worker/chain-secrets.ts';
import type { WrittenSecret } from './messages.ts';

/** What this process knows for the next request of an entry that redirects have led on; undefined if there is nothing. */
export function secretOf(secrets: ChainSecrets, run: RunId, entry: Entry): WrittenSecret | undefined {
  const { authorization, cookies } = secrets.find(run, entry);
  if (authorization === undefined && cookies === undefined) return undefined;
  return { ...(authorization !== undefined && { authorization }), ...(cookies !== undefined && { cookies: cookies.write() }) };
}

export function readSecret({ authorization, cookies }: WrittenSecret): ChainSecret {
  return { authorization, cookies: cookies && new ChainCookies(cookies) };
}

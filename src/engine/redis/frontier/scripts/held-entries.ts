/** What a visit tells while it holds entries. Each script does nothing for a visit that has lost its ticket. */
import type { RunId } from '../../../../model/run-id.ts';
import { type OutlookReply, outlook, script } from './script.ts';

/** An entry may kill so many workers that fetch it as a suspect. The two deaths that made it one are not counted, because another entry may have caused them. */
export const MAX_STRIKES = 3;

/** A suspect is about to be fetched. `crashed`: it must not be, because it has all its strikes. `fenced`: the visit is lost. */
export const strike = script({
  name: 'strike',
  args: (run: RunId, ticket: number, token: string, key: string, spacingMs: number) => [run, ticket, token, key, MAX_STRIKES, spacingMs],
  reply: (answer: 'fetch' | 'crashed' | 'fenced') => answer,
});

/** A request is about to be sent that must not be sent twice. `sent`: an earlier visit may have sent it. `fenced`: the visit is lost. */
export const send = script({
  name: 'send',
  args: (run: RunId, ticket: number, token: string, key: string) => [run, ticket, token, key],
  reply: (answer: 'send' | 'sent' | 'fenced') => answer,
});

/** A request to the origin was just sent: the interval to the next one counts from here. */
export const touch = script({
  name: 'touch',
  args: (run: RunId, ticket: number, token: string, origin: string, intervalMs: number) => [run, ticket, token, origin, intervalMs],
  reply: (raw: OutlookReply) => outlook(...raw),
});

/** The visit sends no request for the entry that it took of an origin with an interval: the next request may be sent at once. */
export const passTurn = script({
  name: 'pass-turn',
  args: (run: RunId, ticket: number, token: string, origin: string, turnUntilMs: number) => [run, ticket, token, origin, turnUntilMs],
  reply: () => undefined,
});

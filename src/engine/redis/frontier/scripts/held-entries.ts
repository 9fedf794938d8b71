/** Scripts that a visit calls while it holds entries. They do nothing for a visit that has lost its ticket. */
import type { RunId } from '../../../../model/run-id.ts';
import { type OutlookReply, outlook, script } from './script.ts';

/**
 * The most workers that may die while they fetch a suspect. The two deaths that made it a suspect do not count, because
 * another entry may have caused them.
 */
export const MAX_STRIKES = 3;

/** Records that a suspect is about to be fetched. `crashed`: do not fetch it, it has all its strikes. `fenced`: the visit is lost. */
export const strike = script({
  name: 'strike',
  args: (run: RunId, ticket: number, token: string, key: string, spacingMs: number) => [run, ticket, token, key, MAX_STRIKES, spacingMs],
  reply: (answer: 'fetch' | 'crashed' | 'fenced') => answer,
});

/**
 * Records that a request is about to be sent that must not be sent twice. `sent`: an earlier visit may have sent it.
 * `fenced`: the visit is lost.
 */
export const send = script({
  name: 'send',
  args: (run: RunId, ticket: number, token: string, key: string) => [run, ticket, token, key],
  reply: (answer: 'send' | 'sent' | 'fenced') => answer,
});

/** Records that a request to the origin was just sent. The interval to the next one counts from now. */
export const touch = script({
  name: 'touch',
  args: (run: RunId, ticket: number, token: string, origin: string, intervalMs: number) => [run, ticket, token, origin, intervalMs],
  reply: (raw: OutlookReply) => outlook(...raw),
});

/** Gives up the turn of an origin with an interval: the visit sends no request for its entry, so the next one may be sent at once. */
export const passTurn = script({
  name: 'pass-turn',
  args: (run: RunId, ticket: number, token: string, origin: string, turnUntilMs: number) => [run, ticket, token, origin, turnUntilMs],
  reply: () => undefined,
});

import { shownMs, shownNumber } from '../report/shown-figures.ts';
import { isoTime } from '../util/clock.ts';
import type { Watched } from './watched.ts';

const STATES = ['up', 'slow', 'down', 'unknown'] as const;

/** `3 services: 2 up, 1 down; 12 rounds in 6 m 00 s`. */
export function endText(all: readonly Watched[], rounds: number, tookMs: number): string {
  const states = STATES.map((state) => ({ state, count: all.filter((watched) => watched.state.state === state).length }));
  const told = states.filter(({ count }) => count > 0).map(({ state, count }) => `${shownNumber(count)} ${state}`);
  return `${counted(all.length, 'service')}: ${told.join(', ')}; ${counted(rounds, 'round')} in ${shownMs(tookMs)}`;
}

/** The same as one JSON object, without a line end: the last one, with where each service stands. */
export function endJson(all: readonly Watched[], rounds: number, nowMs: number): string {
  const services = all.map(({ service, state, checks, answered }) => ({
    url: service.shownUrl,
    state: state.state,
    since: isoTime(state.sinceMs),
    checks,
    answered,
  }));
  return JSON.stringify({ schema: 1, at: isoTime(nowMs), change: 'end', rounds, services });
}

function counted(amount: number, noun: string): string {
  return `${shownNumber(amount)} ${noun}${amount === 1 ? '' : 's'}`;
}

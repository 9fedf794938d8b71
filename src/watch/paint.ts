import type { ServiceState } from './service-state.ts';

/** Colours text by a state, without changing how many columns it takes. */
export type Paint = (state: ServiceState['state'], text: string) => string;

const CODES: Readonly<Record<ServiceState['state'], string>> = { up: '32', slow: '33', down: '31', unknown: '2' };

/** Green, yellow, red. */
export const coloured: Paint = (state, text) => `\x1b[${CODES[state]}m${text}\x1b[0m`;

/** Leaves the text unchanged. */
export const plain: Paint = (_, text) => text;

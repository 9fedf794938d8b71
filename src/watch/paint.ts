import type { ServiceState } from './service-state.ts';

/** Marks text as belonging to a state. The text takes no more columns than before. */
export type Paint = (state: ServiceState['state'], text: string) => string;

const CODES: Readonly<Record<ServiceState['state'], string>> = { up: '32', slow: '33', down: '31', unknown: '2' };

/** Green, yellow, red. */
export const coloured: Paint = (state, text) => `\x1b[${CODES[state]}m${text}\x1b[0m`;

/** Leaves it as it is. */
export const plain: Paint = (_, text) => text;

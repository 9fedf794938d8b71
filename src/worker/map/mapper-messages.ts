/** A page on its way to a mapper. */
export interface PageTask {
  url: string;
  status: number;
  /** By their names in lower case. */
  headers: Readonly<Record<string, string>>;
  body: Uint8Array;
  meta?: unknown;
}

/** What a mapper's process is told: pages are numbered, so that an answer cannot be taken for another's. */
export interface MapCall {
  number: number;
  task: PageTask;
}

/** The number of the answer that tells how loading the module went. */
export const LOADING = 0;

/** What the process sends: that it runs and is about to load the module, an answer, or why it is about to end. */
export type MapAnswer = { started: true } | { number: number; reply: MapReply } | { dying: string };

export type MapReply =
  | { kind: 'loaded' }
  | { kind: 'unloadable'; message: string }
  /** An array as JSON; absent if the page has no values. */
  | { kind: 'mapped'; json?: string }
  | { kind: 'failed'; code: 'MAP_THREW' | 'MAP_VALUE'; message: string };

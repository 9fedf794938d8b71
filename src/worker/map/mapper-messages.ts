/** A page on its way to a mapper. */
export interface PageTask {
  url: string;
  status: number;
  /** Keyed by lower-case name. */
  headers: Readonly<Record<string, string>>;
  body: Uint8Array;
  meta?: unknown;
}

/** The message to a mapper's process. Pages are numbered, so that a late answer cannot be taken for another page's. */
export interface MapCall {
  number: number;
  task: PageTask;
}

/** The number of the answer that reports whether the module was loaded. */
export const LOADING = 0;

/** A message from the process: it has started and will now load the module; an answer; or why it is about to end. */
export type MapAnswer = { started: true } | { number: number; reply: MapReply } | { dying: string };

export type MapReply =
  | { kind: 'loaded' }
  | { kind: 'unloadable'; message: string }
  /** A JSON array; absent if the page has no values. */
  | { kind: 'mapped'; json?: string }
  | { kind: 'failed'; code: 'MAP_THREW' | 'MAP_VALUE'; message: string };

/** A page on its way to a thread. */
export interface PageTask {
  url: string;
  status: number;
  /** By their names in lower case. */
  headers: Readonly<Record<string, string>>;
  body: Uint8Array;
  meta?: unknown;
}

/** What a thread is started with. */
export interface ThreadStart {
  /** An absolute path. */
  modulePath: string;
}

/** What a thread is told: pages are numbered, so that an answer cannot be taken for another's. */
export interface ThreadCall {
  number: number;
  task: PageTask;
}

/** The number of the answer that tells how loading the module went. */
export const LOADING = 0;

/** What a thread answers. */
export interface ThreadAnswer {
  number: number;
  reply: ThreadReply;
}

export type ThreadReply =
  | { kind: 'loaded' }
  | { kind: 'unloadable'; message: string }
  /** An array as JSON; absent if the page has no values. */
  | { kind: 'mapped'; json?: string }
  | { kind: 'failed'; code: 'MAP_THREW' | 'MAP_VALUE'; message: string };

import type { CheerioAPI } from 'cheerio/slim';

/** The response that a map function receives. */
export interface Page {
  /** The URL after redirects, without credentials. */
  readonly url: string;
  readonly status: number;
  /** Keyed by lower-case name. Values of a repeated header are joined by `, `. */
  readonly headers: Readonly<Record<string, string>>;
  /** The decoded body, truncated at the run's `--max-body`. */
  readonly body: Uint8Array;
  /** The body as text, decoded from its charset at first use. */
  readonly text: string;
  /**
   * cheerio for the page: `$('title').text()`. Parses as XML if the content type is XML. Loaded and parsed at first
   * use.
   */
  readonly $: CheerioAPI;
  /** The `meta` value of this URL's input record, if it has one. */
  readonly meta?: unknown;
}

/**
 * The function that a map module exports as `map`. It returns the page's values: each element of an array is a value,
 * anything else is one value, `undefined` and `null` are none. Values must be JSON.
 */
export type MapFunction<Value = unknown> = (page: Page) => MapReturn<Value> | Promise<MapReturn<Value>>;

// biome-ignore lint/suspicious/noConfusingVoidType: a map that falls off its end returns nothing.
type MapReturn<Value> = Value | ReadonlyArray<Value | null | undefined> | null | undefined | void;

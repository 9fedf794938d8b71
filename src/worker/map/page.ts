import type { CheerioAPI } from 'cheerio/slim';

/** A response as a map function gets it. */
export interface Page {
  /** Where redirects led, without credentials. */
  readonly url: string;
  readonly status: number;
  /** By their names in lower case; the values of one that came several times are joined by `, `. */
  readonly headers: Readonly<Record<string, string>>;
  /** The decoded body, cut at the run's `--max-body`. */
  readonly body: Uint8Array;
  /** The body as text, whatever its encoding. Decoded at the first use. */
  readonly text: string;
  /** cheerio over the page: `$('title').text()`. As XML where the content type is one. Loaded and parsed at the first use. */
  readonly $: CheerioAPI;
  /** What the input says of this URL, where it says something. */
  readonly meta?: unknown;
}

/** What a map module exports as `map`: the values of a page. An array is so many values; `undefined` and `null` are none. Values must be JSON. */
export type MapFunction<Value = unknown> = (page: Page) => MapReturn<Value> | Promise<MapReturn<Value>>;

// biome-ignore lint/suspicious/noConfusingVoidType: a map that falls off its end returns nothing.
type MapReturn<Value> = Value | ReadonlyArray<Value | null | undefined> | null | undefined | void;

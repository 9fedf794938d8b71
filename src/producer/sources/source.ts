import type { Batch } from '../../engine/batch.ts';

/** How to read a source. */
export interface Reading {
  /** `auto`, the default: by its file extension. */
  input?: 'auto' | 'lines' | 'jsonl' | 'csv' | 'tsv' | 'markdown' | 'html';
  /** For CSV: name of the column with the URL, or its number, from 1. */
  urlColumn?: string;
  /** For CSV: the cell delimiter. By default it is guessed from the first row. */
  delimiter?: string;
  /**
   * `url`, the default for lists: a URL that occurred before is a duplicate. `none`, the default for records: each line
   * is an entry of its own.
   */
  dedupe?: 'auto' | 'url' | 'none';
  /** For documents: the folder that `/` stands for in their links. */
  rootDir?: string;
  /** For documents: how their links are looked up, see `LinkRules`. */
  fallbackExtensions?: readonly string[];
  indexFiles?: readonly string[];
  remaps?: readonly string[];
  wikiLinks?: boolean;
}

/** A source of URLs, as the command line names it. */
export type SourceSpec = (
  | /** `at`: the absolute path, if `path` alone would not find the file. */
  { kind: 'file'; path: string; at?: string }
  | { kind: 'stdin' }
  /** A URL that is itself a seed. */
  | { kind: 'url'; url: string }
  /** A list of URLs that is downloaded first. */
  | { kind: 'list-url'; url: string }
  /**
   * The pages that a sitemap and those below it list. `auto` stands for the sitemaps of the sites of all `url` sources.
   */
  | { kind: 'sitemap'; url: string }
) & {
  /** How to read it, if options say so. */
  reading?: Reading;
};

/** Lines of text that hold URLs or records, read once. */
export interface Source extends Pick<Batch, 'format' | 'identity' | 'namedHost'> {
  /** For messages and outcomes; never holds credentials. */
  readonly name: string;
  /** For a source of several documents: their names, in order. Its lines say in which document each link is. */
  readonly documents?: readonly string[];
  /**
   * True if lines arrive over time, so that they are not held back for long to fill a batch. Other sources make the
   * same batches each time they are read.
   */
  readonly live: boolean;
  /**
   * The lines in order, without line ends, in chunks, because async iteration over single lines costs more than parsing
   * them. Rejects with UsageError if the source is not text or cannot be read. Releases all resources when `signal`
   * aborts.
   */
  lines(signal: AbortSignal): AsyncIterable<string[]>;
}

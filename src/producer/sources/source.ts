import type { Batch } from '../../engine/engine.ts';

/** How a source is to be read. */
export interface Reading {
  /** `auto`, the default: by the ending of its name. */
  input?: 'auto' | 'lines' | 'jsonl' | 'csv' | 'tsv' | 'markdown' | 'html';
  /** Of CSV: the name of the column that holds the URL, or its number from 1. */
  urlColumn?: string;
  /** Of CSV: what stands between cells. Default: found in the first row. */
  delimiter?: string;
  /** `url`: a URL that came before is a duplicate, the default for lists. `none`: each line is an entry of its own, the default for records. */
  dedupe?: 'auto' | 'url' | 'none';
  /** Of documents: the folder that `/` stands for in their links. */
  rootDir?: string;
  /** Of documents: how their links are looked up, see `LinkRules`. */
  fallbackExtensions?: readonly string[];
  indexFiles?: readonly string[];
  remaps?: readonly string[];
  wikiLinks?: boolean;
}

/** Where URLs come from, as the command line names it. */
export type SourceSpec = (
  | /** `at` is the absolute path, where the name alone would not lead to it. */
  { kind: 'file'; path: string; at?: string }
  | { kind: 'stdin' }
  /** The URL itself is a seed. */
  | { kind: 'url'; url: string }
  /** A list of URLs that is downloaded first. */
  | { kind: 'list-url'; url: string }
  /** The pages that a sitemap lists, or that it leads to; `auto` stands for those of the sites of all `url`s. */
  | { kind: 'sitemap'; url: string }
) & {
  /** How it is to be read, where that was said. */
  reading?: Reading;
};

/** Lines of text that hold URLs or records, read once. */
export interface Source extends Pick<Batch, 'format' | 'identity' | 'namedHost'> {
  /** For messages and outcomes; never holds credentials. */
  readonly name: string;
  /** Where it is several documents, whose lines say in which they stand: their names, in order. */
  readonly documents?: readonly string[];
  /** Its lines come when they come, so none is held back for long to fill a batch. The others make the same batches each time they are read. */
  readonly live: boolean;
  /**
   * The lines in order, without line ends, in chunks (one line at a time through async iteration costs more than parsing it).
   * Rejects with UsageError if it is not text or cannot be read. When `signal` aborts it lets go of what it holds open.
   */
  lines(signal: AbortSignal): AsyncIterable<string[]>;
}

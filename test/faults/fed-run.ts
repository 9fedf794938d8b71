import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunningCli } from '../cli/run-cli.ts';
import type { Hit } from '../helpers/site.ts';

/** The fields of a row that tests check. */
export interface Row {
  url: string;
  worker?: string;
  finishedAt: string;
}

export interface FedRunOptions {
  id: string;
  /** The producer, which reads URLs from stdin. */
  producer: RunningCli;
  origin: string;
  /** The data folder of the collector. */
  dataDir: string;
}

/** A run whose URLs are written to its producer's stdin one by one, so that the producer works for as long as the test needs. */
export class FedRun {
  readonly id: string;
  readonly producer: RunningCli;
  /** The URLs fed so far, in order. */
  readonly urls: string[] = [];
  readonly #origin: string;
  readonly #log: string;
  /** The number of hits that were checked, and of those that belong to this run. */
  #looked = 0;
  #fetched = 0;

  constructor({ id, producer, origin, dataDir }: FedRunOptions) {
    this.id = id;
    this.producer = producer;
    this.#origin = origin;
    this.#log = join(dataDir, id, 'outcomes.ndjson');
  }

  /** Feeds one URL and this many blank lines. With 999 of them it is a whole batch, whenever it is read. */
  feed(blankLines = 0): void {
    const url = `${this.#origin}/${this.id}/${this.urls.length}`;
    this.urls.push(url);
    this.producer.child.stdin?.write(`${url}\n${'\n'.repeat(blankLines)}`);
  }

  /** The number of URLs that were fed and that the site has not seen yet. */
  pending(hits: readonly Hit[]): number {
    const prefix = `/${this.id}/`;
    for (; this.#looked < hits.length; this.#looked++) if (hits[this.#looked]?.path.startsWith(prefix)) this.#fetched++;
    return this.urls.length - this.#fetched;
  }

  /** Ends the input. */
  end(): void {
    this.producer.child.stdin?.end();
  }

  /** The complete rows in the current log. */
  async rows(): Promise<Row[]> {
    const text = await readFile(this.#log, 'utf8').catch(() => '');
    return text
      .slice(0, text.lastIndexOf('\n') + 1)
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Row);
  }
}

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunningCli } from '../cli/run-cli.ts';
import type { Hit } from '../helpers/site.ts';

/** What of a row is looked at. */
export interface Row {
  url: string;
  worker?: string;
  finishedAt: string;
}

export interface FedRunOptions {
  id: string;
  /** It reads its URLs from stdin. */
  producer: RunningCli;
  origin: string;
  /** The folder of its collector's runs. */
  dataDir: string;
}

/** A run whose URLs are written to its producer's stdin one by one, so that the producer is at work for as long as the test wants. */
export class FedRun {
  readonly id: string;
  readonly producer: RunningCli;
  /** What was fed so far, in order. */
  readonly urls: string[] = [];
  readonly #origin: string;
  readonly #log: string;
  /** Hits that were looked at, and those among them that were of this run. */
  #looked = 0;
  #fetched = 0;

  constructor({ id, producer, origin, dataDir }: FedRunOptions) {
    this.id = id;
    this.producer = producer;
    this.#origin = origin;
    this.#log = join(dataDir, id, 'outcomes.ndjson');
  }

  /** Feeds one URL, and with it so many blank lines: 999 of them make it a batch, whenever it is read. */
  feed(blankLines = 0): void {
    const url = `${this.#origin}/${this.id}/${this.urls.length}`;
    this.urls.push(url);
    this.producer.child.stdin?.write(`${url}\n${'\n'.repeat(blankLines)}`);
  }

  /** URLs that were fed and are not fetched yet, as far as its site has seen. */
  pending(hits: readonly Hit[]): number {
    const prefix = `/${this.id}/`;
    for (; this.#looked < hits.length; this.#looked++) if (hits[this.#looked]?.path.startsWith(prefix)) this.#fetched++;
    return this.urls.length - this.#fetched;
  }

  /** No URL will come any more. */
  end(): void {
    this.producer.child.stdin?.end();
  }

  /** The whole rows of its log as it stands. */
  async rows(): Promise<Row[]> {
    const text = await readFile(this.#log, 'utf8').catch(() => '');
    return text
      .slice(0, text.lastIndexOf('\n') + 1)
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Row);
  }
}

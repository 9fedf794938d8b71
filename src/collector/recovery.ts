import { Readable } from 'node:stream';
import { LoggedRows } from '../engine/rules/logged-rows.ts';
import type { OutcomeLine } from '../model/lines/outcome-line.ts';
import type { Log } from '../model/log.ts';
import type { RunId } from '../model/run-id.ts';
import { readLogBytes } from '../util/log-file.ts';
import type { CollectedEngine } from './collected-engine.ts';
import { asDiskError } from './disk-error.ts';
import type { RunFolder } from './run-folder.ts';
import type { RunLog } from './run-log.ts';

/**
 * Restores the engine when it knows less than the log: a Redis that was flushed, or lost its last second in a crash, or
 * the memory engine of a new process. URLs that have a row are not fetched again, if the engine learns of them in time.
 * If one was fetched again, its second row is dropped.
 */
export class Recovery {
  readonly #engine: CollectedEngine;
  readonly #run: RunId;
  readonly #folder: RunFolder;
  readonly #rows: RunLog;
  readonly #log: Log;
  readonly #isExpected: boolean;
  #logged: LoggedRows | undefined;

  /** @param isExpected the engine is known to be new, so this is not worth a warning */
  constructor(engine: CollectedEngine, folder: RunFolder, rows: RunLog, log: Log, isExpected: boolean) {
    this.#engine = engine;
    this.#run = folder.run;
    this.#folder = folder;
    this.#rows = rows;
    this.#log = log;
    this.#isExpected = isExpected;
  }

  /**
   * True if the numbers of outcomes show that the engine has lost data, and recovery has not begun yet.
   *
   * @param total according to the engine
   * @param rows according to the log
   */
  isNeeded(total: number, rows: number): boolean {
    // chaos: lost-data
    return this.#logged === undefined && total !== rows;
  }

  /** True once the engine knows what the log has. */
  get hasBegun(): boolean {
    return this.#logged !== undefined;
  }

  /** Reads the log, reports its rows to the engine, and resets the cursor to the beginning of the engine's outcomes. */
  async begin(): Promise<void> {
    const { rows } = this.#rows.tally;
    if (this.#isExpected) this.#log.info({ event: 'log-continued', run: this.#run, rows }, `${rows} rows are already in the log`);
    else
      this.#log.warn(
        { event: 'data-lost', run: this.#run, rows },
        `the engine has lost data: the ${rows} rows in ${this.#folder.path} are kept, and the missing URLs are fetched`,
      );
    await this.#rows.flush();
    const logged = new LoggedRows();
    // Loaded here, because few runs need it, and it takes 3 % of the processor time of a run with one URL.
    const { createInterface } = await import('node:readline');
    try {
      for await (const line of createInterface({ input: Readable.from(readLogBytes(this.#folder.outcomesFile)) })) logged.add(line);
    } catch (error) {
      throw asDiskError(this.#run, this.#folder.outcomesFile, error);
    }
    await this.#engine.restore(this.#run, logged);
    this.#rows.resetCursor();
    this.#logged = logged;
  }

  /** Returns the lines whose outcomes are not in the log yet. */
  newLines(lines: readonly OutcomeLine[]): readonly OutcomeLine[] {
    const logged = this.#logged;
    return logged === undefined ? lines : lines.filter((line) => logged.add(line));
  }
}

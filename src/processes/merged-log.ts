import type { Log, LogFields } from '../model/log.ts';

type Level = keyof Log;
const LEVELS: readonly Level[] = ['debug', 'info', 'warn', 'error'];
/** Texts that are remembered. */
const MOST_TEXTS = 1_000;

/**
 * The logs of several processes as the log of one: a line that each of them writes comes once. It is written as often as by the process that wrote it most often. Lines are the same if
 * their texts and their runs are.
 */
export class MergedLog {
  readonly #log: Log;
  readonly #written = new Map<string, number>();
  #generation = 0;

  constructor(log: Log) {
    this.#log = log;
  }

  /** For one process. */
  open(): Log {
    let own = new Map<string, number>();
    let generation = this.#generation;
    const write = (level: Level, fields: LogFields, message: string) => {
      if (generation !== this.#generation) {
        own = new Map();
        generation = this.#generation;
      }
      const text = `${level} ${fields.run ?? ''} ${message}`;
      const times = (own.get(text) ?? 0) + 1;
      own.set(text, times);
      if (times <= (this.#written.get(text) ?? 0)) return;
      if (this.#written.size >= MOST_TEXTS) this.#forget();
      this.#written.set(text, times);
      this.#log[level](fields, message);
    };
    return Object.fromEntries(
      LEVELS.map((level) => [level, (fields: LogFields, message: string) => write(level, fields, message)]),
    ) as unknown as Log;
  }

  #forget(): void {
    this.#written.clear();
    this.#generation++;
  }
}

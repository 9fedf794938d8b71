import type { Log, LogFields } from '../model/log.ts';

type Level = keyof Log;
const LEVELS: readonly Level[] = ['debug', 'info', 'warn', 'error'];
/** Maximum number of remembered texts. */
const MAX_TEXTS = 1_000;

/**
 * Merges the logs of several processes: a line that each of them writes appears once. If processes write a line
 * repeatedly, it appears as often as in the process that wrote it most often. Two lines are the same if their level,
 * text and run are equal.
 */
export class MergedLog {
  readonly #log: Log;
  readonly #written = new Map<string, number>();
  #generation = 0;

  constructor(log: Log) {
    this.#log = log;
  }

  /** Returns the log for one process. */
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
      if (this.#written.size >= MAX_TEXTS) this.#forget();
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

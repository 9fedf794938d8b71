import { PassThrough, Readable } from 'node:stream';
import type { z } from 'zod';
import { findRunFolder, readRunFile } from '../collector/run-folder.ts';
import type { RunId } from '../model/run-id.ts';
import type { RunOptions } from '../model/run-options.ts';
import type { RunSummary } from '../model/run-summary.ts';
import { verdictClass } from '../model/verdict.ts';
import { readLogLines } from '../report/log-lines.ts';
import { parseOutcome } from '../report/read-outcomes.ts';
import { renderReport } from '../report/report.ts';
import { reasonWords, resultWord, whereFrom } from '../report/row-words.ts';
import { findLogFile } from '../util/log-file.ts';
import type { RowQuery } from './operations.ts';
import type { RowList } from './schemas.ts';

/** Logs that are read at the same time. Each takes processor time. */
const MAX_READERS = 2;

type Row = z.infer<typeof RowList>['rows'][number];

/** The server is busy, for example because it is reading too many logs. The client should try again later. */
export class BusyError extends Error {
  override readonly name = 'BusyError';
}

export interface FoundLog {
  summary: RunSummary;
  /** As they were stored, without secrets. */
  options?: RunOptions;
  file: string;
}

/** The results in the data folder of this machine. */
export class RunResults {
  readonly #dataDir: string;
  #readers = 0;

  constructor(dataDir: string) {
    this.#dataDir = dataDir;
  }

  /** The log of the run, or undefined if it is not on this machine. */
  async find(run: RunId): Promise<FoundLog | undefined> {
    const folder = await findRunFolder(this.#dataDir, run);
    if (folder === undefined || (await findLogFile(folder.outcomesFile)) === undefined) return undefined;
    const { summary, options } = await readRunFile(folder);
    return { summary, ...(options !== undefined && { options }), file: folder.outcomesFile };
  }

  /** The first rows that match, in the order of the log. Throws BusyError. */
  async rows({ file }: FoundLog, query: z.infer<typeof RowQuery>, signal: AbortSignal): Promise<z.infer<typeof RowList>> {
    const { limit } = query;
    const search = query.search.toLowerCase();
    return this.#reading(async () => {
      const rows: Row[] = [];
      for await (const lines of readLogLines(file)) {
        signal.throwIfAborted();
        for (const line of lines) {
          // A line without the text need not be parsed. This holds only for text that JSON does not escape.
          if (/^[\w./:-]*$/.test(search) && !line.text.toLowerCase().includes(search)) continue;
          const row = rowOf(parseOutcome(file, line));
          if (!matches(row, search, query.class)) continue;
          if (rows.length === limit) return { rows, more: true };
          rows.push(row);
        }
      }
      return { rows, more: false };
    });
  }

  /** Renders the report into a stream. Throws BusyError. */
  report(format: 'json' | 'csv' | 'html', { summary, file }: FoundLog, signal: AbortSignal): ReadableStream {
    const out = new PassThrough();
    signal.addEventListener('abort', () => out.destroy(), { once: true });
    void this.#reading(() => renderReport(format, { summary, file, order: 'completion' }, out)).then(
      () => out.end(),
      (error) => out.destroy(error),
    );
    return Readable.toWeb(out) as ReadableStream;
  }

  /** Throws BusyError if no other log may be read now. */
  checkRoom(): void {
    if (this.#readers >= MAX_READERS) throw new BusyError('too many logs are being read: try again in a moment');
  }

  async #reading<T>(read: () => Promise<T>): Promise<T> {
    this.checkRoom();
    this.#readers++;
    try {
      return await read();
    } finally {
      this.#readers--;
    }
  }
}

function rowOf(outcome: ReturnType<typeof parseOutcome>): Row {
  const { url, verdict, latencyMs, sizeBytes } = outcome;
  const from = whereFrom(outcome);
  return {
    url,
    verdict,
    class: verdictClass(verdict),
    result: resultWord(outcome),
    ...(latencyMs !== undefined && { latencyMs }),
    ...(sizeBytes !== undefined && { sizeBytes }),
    ...(from !== undefined && { from }),
    why: reasonWords(outcome),
  };
}

function matches(row: Row, search: string, wanted: z.infer<typeof RowQuery>['class']): boolean {
  if (wanted !== 'all' && row.class !== wanted) return false;
  return search === '' || [row.url, row.verdict, row.result, row.from, row.why].some((text) => text?.toLowerCase().includes(search));
}

import { type FileHandle, open, stat } from 'node:fs/promises';
import type { Cursor } from '../engine/collecting.ts';
import { UsageError } from '../model/errors.ts';
import type { OutcomeLine } from '../model/lines/outcome-line.ts';
import { type LogStep, MEASURES } from '../model/measures.ts';
import type { RunId } from '../model/run-id.ts';
import { duringShortage } from '../model/shortage.ts';
import { compressedName } from '../util/log-file.ts';
import { renameDraft, replaceByDraft, syncFolder, writeDraft } from './atomic-file.ts';
import { addToTally, type Checkpoint, EMPTY_CHECKPOINT, formatCheckpoint, type LogTally, readCheckpoint } from './checkpoint.ts';
import { decompressLog } from './compress-log.ts';
import { asDiskError } from './disk-error.ts';
import type { RunFolder } from './run-folder.ts';

/** Limit on appended text that has not been written, in UTF-16 code units. Beyond it, `append` waits for the disk. */
const MAX_WAITING_CHARS = 4 * 1024 * 1024;

/**
 * The outcome log of a run, with the position up to which it is durable.
 *
 *     append ──► waiting ──write──► written ──fsync, checkpoint──► saved ──next checkpoint──► releasable
 *
 * After a crash, the log is cut to what is saved, and outcomes are read from the cursor of that position. So no row is
 * duplicated and none is missing. In a resumed run (`keep`), where rows are recognised by their URLs, written rows that
 * were not saved are kept.
 *
 * Appends continue while a checkpoint is being written. Rows that were appended while this process had the claim, and
 * were written after another collector took it over, do no harm: the same outcomes in the same order are the same bytes
 * at the same position. After a disk error, every call rejects with that error.
 */
export class RunLog {
  readonly #run: RunId;
  readonly #path: string;
  readonly #checkpointPath: string;
  readonly #file: FileHandle;
  readonly #mayWrite: () => Promise<void>;
  #tally: LogTally;
  #cursor: Cursor;
  #waiting: string[] = [];
  #waitingChars = 0;
  #writing: Promise<void> | undefined;
  #written: Checkpoint;
  #saved: Checkpoint;
  #failure: { error: unknown } | undefined;

  private constructor(folder: RunFolder, file: FileHandle, saved: Checkpoint, written: Checkpoint, mayWrite: () => Promise<void>) {
    this.#run = folder.run;
    this.#path = folder.outcomesFile;
    this.#checkpointPath = folder.checkpointFile;
    this.#file = file;
    this.#mayWrite = mayWrite;
    this.#tally = written;
    this.#cursor = written.cursor;
    this.#written = written;
    this.#saved = saved;
    this.#measure({ kind: 'opened' });
  }

  /**
   * Opens the folder's log and cuts it to its checkpoint; with `keep`, to its last complete row. In the latter case,
   * outcomes that are read from the cursor may already be in the log.
   *
   * The caller must hold the run's claim. `mayWrite` must reject when that is no longer certain. It is called before
   * every step that could overwrite what another collector has written since, and its error is passed on.
   *
   * Rejects with UsageError if log and checkpoint do not belong together, with CollectorDiskError if the log cannot be
   * written.
   */
  static async open(folder: RunFolder, mayWrite: () => Promise<void> = async () => {}, unsaved: 'cut' | 'keep' = 'cut'): Promise<RunLog> {
    const { outcomesFile: path, checkpointFile } = folder;
    const known = await readCheckpoint(checkpointFile);
    const checkpoint = known ?? EMPTY_CHECKPOINT;
    await restorePlainLog(folder, mayWrite);
    const sizeBytes = await fileSize(path);
    if (known === undefined && sizeBytes !== undefined && sizeBytes > 0) {
      throw new UsageError(`${path} has no checkpoint: restore checkpoint.json, or remove the folder and crawl again`);
    }
    if ((sizeBytes ?? 0) < checkpoint.bytes) {
      const what = sizeBytes === undefined ? `${path} is missing` : `${path} was cut to ${sizeBytes} bytes`;
      throw new UsageError(
        `${what}, but its checkpoint says that ${checkpoint.rows} rows (${checkpoint.bytes} bytes) were written: restore the file, or remove the folder and crawl again`,
      );
    }
    await mayWrite();
    try {
      // The checkpoint is created before the log, so a log without a checkpoint is not ours.
      if (known === undefined) {
        await writeDraft(checkpointFile, formatCheckpoint(checkpoint));
        await renameDraft(checkpointFile);
      }
      const file = await duringShortage(() => open(path, sizeBytes === undefined ? 'wx+' : 'r+'));
      try {
        const kept = unsaved === 'keep' ? await extendOverUnsaved(file, checkpoint) : checkpoint;
        // chaos: torn-line
        await file.truncate(kept.bytes);
        await syncFolder(folder.path);
        return new RunLog(folder, file, checkpoint, kept, mayWrite);
      } catch (error) {
        await file.close();
        throw error;
      }
    } catch (error) {
      throw asDiskError(folder.run, path, error);
    }
  }

  /** The cursor to continue reading from: after everything appended. */
  get cursor(): Cursor {
    return this.#cursor;
  }

  /** The counts of everything appended. */
  get tally(): LogTally {
    return this.#tally;
  }

  /** Appends a batch. Resolves at once, unless too much is waiting for the disk. */
  async append(cursor: Cursor, lines: readonly OutcomeLine[]): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure.error;
    this.#tally = addToTally(this.#tally, lines);
    this.#cursor = cursor;
    if (lines.length > 0) {
      const text = `${lines.join('\n')}\n`;
      this.#waiting.push(text);
      this.#waitingChars += text.length;
      this.#measure({ kind: 'appended' });
    }
    // chaos: write-waiting
    this.#writing ??= this.#writeWaiting();
    while (this.#waitingChars > MAX_WAITING_CHARS && this.#writing !== undefined) await this.#writing;
  }

  /**
   * Resets the cursor to the beginning, because earlier cursors mean nothing to the engine any more. Call `flush`
   * before.
   */
  resetCursor(): void {
    this.#cursor = '';
    this.#written = { ...this.#written, cursor: '' };
    this.#saved = { ...this.#saved, cursor: '' };
  }

  /** Resolves once everything appended is written; it is not saved by that. */
  async flush(): Promise<void> {
    await this.#writing;
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** Saves what is written. Returns the cursor that may be released: that of the previous checkpoint. */
  async checkpoint(): Promise<Cursor> {
    if (this.#failure !== undefined) throw this.#failure.error;
    // chaos: checkpoint-written
    const checkpoint = this.#written;
    const before = this.#saved;
    if (checkpoint.cursor === before.cursor && checkpoint.bytes === before.bytes) return before.cursor;
    const startMs = performance.now();
    await this.#failOnError(this.#file.sync());
    await this.#failOnError(writeDraft(this.#checkpointPath, formatCheckpoint(checkpoint)));
    // If another collector has written a later checkpoint, this one must not replace it: its cursor would refer to
    // outcomes that the engine has forgotten.
    await this.#mayWrite();
    await this.#failOnError(replaceByDraft(this.#checkpointPath));
    this.#saved = checkpoint;
    this.#measure({
      kind: 'saved',
      rows: checkpoint.rows - before.rows,
      bytes: checkpoint.bytes - before.bytes,
      tookMs: performance.now() - startMs,
      isComplete: checkpoint.rows === this.#tally.rows,
    });
    return before.cursor;
  }

  /** Closes the file. Outcomes appended since the last checkpoint will be read again from the engine. */
  async close(): Promise<void> {
    await this.#writing;
    await this.#file.close();
    this.#measure({ kind: 'closed' });
  }

  #measure(step: LogStep): void {
    MEASURES.log.report({ run: this.#run, step });
  }

  /** Writes until nothing is waiting. Everything appended during a write is written by the next one. */
  async #writeWaiting(): Promise<void> {
    try {
      do {
        const bytes = Buffer.from(this.#waiting.join(''));
        const end: Checkpoint = { ...this.#tally, cursor: this.#cursor, bytes: this.#written.bytes + bytes.length };
        this.#waiting = [];
        this.#waitingChars = 0;
        await this.#write(bytes, this.#written.bytes);
        this.#written = end;
      } while (this.#waiting.length > 0 || this.#written.cursor !== this.#cursor);
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#writing = undefined;
    }
  }

  async #write(bytes: Buffer, at: number): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      done += (await this.#file.write(bytes, done, bytes.length - done, at + done)).bytesWritten;
    }
  }

  async #failOnError(work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (error) {
      // chaos: disk-throws
      throw this.#fail(error);
    }
  }

  // chaos: disk-failure
  #fail(error: unknown): unknown {
    this.#failure ??= { error: asDiskError(this.#run, this.#path, error) };
    return this.#failure.error;
  }
}

/** Decompresses a log that was compressed at the end of its run and must be written again. */
async function restorePlainLog(folder: RunFolder, mayWrite: () => Promise<void>): Promise<void> {
  if ((await fileSize(compressedName(folder.outcomesFile))) === undefined) return;
  await mayWrite();
  try {
    await decompressLog(folder);
  } catch (error) {
    throw asDiskError(folder.run, folder.outcomesFile, error);
  }
}

/** Returns the checkpoint extended over the complete rows after it. */
async function extendOverUnsaved(file: FileHandle, checkpoint: Checkpoint): Promise<Checkpoint> {
  let { bytes } = checkpoint;
  let tally: LogTally = checkpoint;
  let carry: Buffer = Buffer.alloc(0);
  for await (const chunk of file.createReadStream({ start: checkpoint.bytes, autoClose: false })) {
    carry = Buffer.concat([carry, chunk]);
    for (let end = carry.indexOf(LINE_END); end !== -1; end = carry.indexOf(LINE_END)) {
      const line = carry.toString('utf8', 0, end);
      if (!isOutcome(line)) return { ...checkpoint, ...tally, bytes };
      tally = addToTally(tally, [line]);
      bytes += end + 1;
      carry = carry.subarray(end + 1);
    }
  }
  return { ...checkpoint, ...tally, bytes };
}

const LINE_END = 0x0a;

function isOutcome(line: string): boolean {
  try {
    return typeof JSON.parse(line).verdict === 'string';
  } catch {
    return false;
  }
}

async function fileSize(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

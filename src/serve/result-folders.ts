import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';
import { findRunFolder, readRunFile } from '../collector/run-folder.ts';
import { isRunId, type RunId } from '../model/run-id.ts';
import type { ResultList } from './schemas.ts';

/** The order of the folders is at most this old. New folders are noticed at once. */
const ORDER_MS = 10_000;
/** Folders whose time is read in parallel. */
const AT_ONCE = 50;

type Result = z.infer<typeof ResultList>['results'][number];

/** The run folders of this machine. A data folder can have many thousands of them, so only those that are shown are read. */
export class ResultFolders {
  readonly #dataDir: string;
  readonly #nowMs: () => number;
  /** Last changed first. */
  #runs: readonly RunId[] = [];
  #orderedMs = Number.NEGATIVE_INFINITY;
  #changedMs = 0;

  constructor(dataDir: string, nowMs: () => number = () => performance.now()) {
    this.#dataDir = dataDir;
    this.#nowMs = nowMs;
  }

  async list({ search, limit, offset }: { search: string; limit: number; offset: number }): Promise<z.infer<typeof ResultList>> {
    await this.#order();
    const wanted = search.toLowerCase();
    const found = wanted === '' ? this.#runs : this.#runs.filter((run) => run.toLowerCase().includes(wanted));
    const results = await Promise.all(found.slice(offset, offset + limit).map((run) => this.#read(run)));
    return { total: found.length, results: results.filter((result) => result !== undefined) };
  }

  async #order(): Promise<void> {
    const folder = await stat(this.#dataDir).catch(() => undefined);
    if (folder === undefined) {
      this.#runs = [];
      return;
    }
    const nowMs = this.#nowMs();
    if (folder.mtimeMs === this.#changedMs && nowMs - this.#orderedMs < ORDER_MS) return;
    const names = (await readdir(this.#dataDir)).filter(isRunId);
    const changed: Array<{ run: RunId; atMs: number }> = [];
    for (let from = 0; from < names.length; from += AT_ONCE) {
      const chunk = names.slice(from, from + AT_ONCE);
      const stats = await Promise.all(chunk.map((name) => stat(join(this.#dataDir, name)).catch(() => undefined)));
      for (const [at, run] of chunk.entries()) if (stats[at]?.isDirectory()) changed.push({ run, atMs: stats[at].mtimeMs });
    }
    changed.sort((a, b) => b.atMs - a.atMs || (a.run < b.run ? 1 : -1));
    this.#runs = changed.map(({ run }) => run);
    this.#changedMs = folder.mtimeMs;
    this.#orderedMs = nowMs;
  }

  async #read(run: RunId): Promise<Result | undefined> {
    try {
      const folder = await findRunFolder(this.#dataDir, run);
      if (folder === undefined) return undefined;
      const { state, startedAt, books } = (await readRunFile(folder)).summary;
      return { run, state, startedAt, rows: books.rows, ok: books.ok, failed: books.failed, skipped: books.skipped };
    } catch {
      return { run, state: 'damaged', rows: 0, ok: 0, failed: 0, skipped: 0 };
    }
  }
}

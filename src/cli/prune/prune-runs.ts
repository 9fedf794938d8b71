import { randomUUID } from 'node:crypto';
import { lstat, readdir, rename, rmdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFolder } from '../../collector/atomic-file.ts';
import { compressibleBytes, compressLog } from '../../collector/compress-log.ts';
import { readRunFile } from '../../collector/run-folder.ts';
import type { Engine } from '../../engine/engine.ts';
import { UnknownRunError } from '../../model/errors.ts';
import type { RunId } from '../../model/run-id.ts';
import { lockFolder } from '../folder-lock.ts';
import { type PruneReason, type PruneRules, toCompress, tooMany, tooOld } from './prune-plan.ts';
import { isOwnFile, type LeftAlone, REMOVED_PREFIX, type ScannedRun, scanFolders } from './scan-folders.ts';

/** The part of an engine that is needed to see whether a run is over, and to remove it. */
export type PrunedEngine = Pick<Engine, 'runs' | 'counts' | 'claim' | 'remove'>;

interface PruneContext {
  dataDir: string;
  /** The engine that may still know the runs. Without it, the folder of a run on Redis is left alone unless the run has ended. */
  engine?: PrunedEngine;
  nowMs: number;
  /** The id of this process, for locks. */
  pid: number;
  /** Remove and compress nothing; only report what would be done. */
  dryRun?: boolean;
  /** Also remove interrupted runs, if they are certainly not under way. */
  interrupted?: boolean;
}

/** What was done or, in a dry run, would be done. */
export interface Pruned {
  removed: Array<{ run: RunId; bytes: number; endedMs: number; reason: PruneReason }>;
  /** `afterBytes` is absent in a dry run, because the compressed size is not known. */
  compressed: Array<{ run: RunId; beforeBytes: number; afterBytes?: number }>;
  /** What was left alone in the data folder, and why. */
  left: LeftAlone[];
  /** The number of runs that remain, without those of `left`. */
  kept: { runs: number; unfinished: number };
  /** The size of all folders of runs that remain. */
  bytes: number;
}

/**
 * Removes and compresses runs by the rules: first it removes by age, then it compresses, then it removes by size.
 *
 * Only the folder of a run that is over is touched, and only if Trawl wrote every file in it. A run is never removed if a process on this machine has its lock, if Redis has not ended it, or if its outcomes were
 * not collected.
 *
 * A run is removed from Redis first, so that no collector starts on it again. Then its folder is renamed in one step, so that no command sees half a run. If a crash leaves a renamed folder behind, the next
 * prune removes it.
 */
export async function pruneRuns(context: PruneContext, rules: PruneRules): Promise<Pruned> {
  const pass = new Pass(context, rules);
  return pass.run();
}

class Pass {
  readonly #context: PruneContext;
  readonly #rules: PruneRules;
  readonly #pruned: Pruned = { removed: [], compressed: [], left: [], kept: { runs: 0, unfinished: 0 }, bytes: 0 };
  #onRedis: ReadonlySet<RunId> = new Set();

  constructor(context: PruneContext, rules: PruneRules) {
    this.#context = context;
    this.#rules = rules;
  }

  async run(): Promise<Pruned> {
    const { dataDir, engine, nowMs, dryRun = false } = this.#context;
    const { runs: scanned, left, halfRemoved, bytes } = await scanFolders(dataDir);
    this.#pruned.left.push(...left);
    this.#pruned.bytes = bytes;
    if (!dryRun) for (const name of halfRemoved) await this.#finishRemoval(join(dataDir, name));
    this.#onRedis = new Set(await engine?.runs());
    let runs: ScannedRun[] = [];
    for (const run of scanned) {
      if (await this.#mayGo(run)) runs.push(run);
      else this.#pruned.kept.unfinished++;
    }
    runs = await this.#remove(runs, tooOld(runs, this.#rules, nowMs), 'age');
    runs = await this.#compress(runs, toCompress(runs, this.#rules, nowMs));
    runs = await this.#remove(runs, tooMany(runs, this.#rules, this.#pruned.bytes), 'size');
    this.#pruned.kept.runs = runs.length + this.#pruned.kept.unfinished;
    return this.#pruned;
  }

  /** True if the run is certainly over and all its outcomes are in the folder. */
  async #mayGo({ run, standing, file }: ScannedRun): Promise<boolean> {
    const { engine, interrupted = false } = this.#context;
    if (standing === 'unfinished') {
      if (!interrupted || this.#onRedis.has(run)) return false;
      // A run of the memory engine is protected by its lock. The folder of a run on Redis may be incomplete, and only Redis knows.
      return file.begun?.engine === 'memory' || engine !== undefined;
    }
    if (engine === undefined || !this.#onRedis.has(run)) return true;
    try {
      const { ended, unreleased } = await engine.counts(run);
      return ended && unreleased === 0;
    } catch (error) {
      if (error instanceof UnknownRunError) return true;
      throw error;
    }
  }

  /** Removes the chosen runs. Returns the others. */
  async #remove(runs: readonly ScannedRun[], chosen: readonly ScannedRun[], reason: PruneReason): Promise<ScannedRun[]> {
    const gone = new Set<ScannedRun>();
    for (const run of chosen) {
      if (!(await this.#alone(run, () => this.#removeRun(run)))) continue;
      gone.add(run);
      this.#pruned.removed.push({ run: run.run, bytes: run.bytes, endedMs: run.endedMs, reason });
      this.#pruned.bytes -= run.bytes;
    }
    return runs.filter((run) => !gone.has(run));
  }

  /** Compresses the logs of the chosen runs. Returns all runs with their new sizes. */
  async #compress(runs: readonly ScannedRun[], chosen: readonly ScannedRun[]): Promise<ScannedRun[]> {
    const sizes = new Map<ScannedRun, number>();
    for (const run of chosen) {
      const beforeBytes = await compressibleBytes(run.folder);
      if (beforeBytes === undefined) continue;
      let afterBytes: number | undefined;
      const compress = async () => {
        afterBytes = (await compressLog(run.folder))?.afterBytes;
      };
      if (!(await this.#alone(run, compress))) continue;
      // Another process may have compressed it in the meantime.
      if (afterBytes === undefined && !this.#context.dryRun) continue;
      this.#pruned.compressed.push({ run: run.run, beforeBytes, ...(afterBytes !== undefined && { afterBytes }) });
      const saved = afterBytes === undefined ? 0 : beforeBytes - afterBytes;
      sizes.set(run, run.bytes - saved);
      this.#pruned.bytes -= saved;
    }
    return runs.map((run) => ({ ...run, bytes: sizes.get(run) ?? run.bytes }));
  }

  /** Does the work with the folder locked. Returns false if another process has the lock, the run has changed, or the work failed; the folder is then listed in `left` with the reason. */
  async #alone(run: ScannedRun, work: () => Promise<void>): Promise<boolean> {
    const { pid, dryRun = false } = this.#context;
    const { folder, file } = run;
    if (dryRun) return true;
    let unlock: (() => Promise<void>) | undefined;
    try {
      unlock = await lockFolder(folder, pid);
      const now = await readRunFile(folder);
      // Another process has continued the run since it was scanned.
      if (now.summary.state !== file.summary.state || now.summary.endedAt !== file.summary.endedAt) throw new Error('it is in use');
      await work();
      return true;
    } catch (error) {
      // Another process may have removed it in the meantime.
      if (await exists(folder.path)) this.#pruned.left.push({ path: folder.path, why: (error as Error).message });
      return false;
    } finally {
      await unlock?.();
    }
  }

  async #removeRun({ run, folder }: ScannedRun): Promise<void> {
    const { dataDir, engine } = this.#context;
    if (engine !== undefined && this.#onRedis.has(run)) {
      try {
        // The claim fails if another process collects the run, or if it was collected into another folder.
        await engine.claim(run, { id: `prune-${randomUUID().slice(0, 8)}`, folder: folder.identity });
        await engine.remove(run);
      } catch (error) {
        if (!(error instanceof UnknownRunError)) throw error;
      }
    }
    const aside = join(dataDir, `${REMOVED_PREFIX}${run}`);
    await rename(folder.path, aside);
    await syncFolder(dataDir);
    await this.#finishRemoval(aside);
  }

  /** Removes the files that Trawl wrote into the folder, and then the folder if it is empty. */
  async #finishRemoval(path: string): Promise<void> {
    try {
      for (const name of await readdir(path)) {
        const file = join(path, name);
        if (isOwnFile(name) && (await lstat(file)).isFile()) await unlink(file);
      }
      await rmdir(path);
    } catch (error) {
      // Several processes may do this at once.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') this.#pruned.left.push({ path, why: (error as Error).message });
    }
  }
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

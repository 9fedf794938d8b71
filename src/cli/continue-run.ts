import { resolve } from 'node:path';
import { isRedacted } from '../collector/redact-headers.ts';
import { findRunFolder, type RecordedSource, type RunFile, type RunFolder, readRunFile } from '../collector/run-folder.ts';
import { UsageError } from '../model/errors.ts';
import type { RunId } from '../model/run-id.ts';
import type { RunOptions } from '../model/run-options.ts';
import { maskCredentials } from '../model/url/without-credentials.ts';
import type { Config } from '../options/load-config.ts';
import { documentKindOf, readerOf } from '../producer/sources/reading.ts';
import type { SourceSpec } from '../producer/sources/source.ts';

/** Finds the folder of a run that `trawl crawl` started in this data folder, and reads its `run.json`. Rejects with UsageError if there is none. */
export async function findBegunRun(dataDir: string, run: RunId): Promise<{ folder: RunFolder; file: RunFile }> {
  const folder = await findRunFolder(dataDir, run);
  if (folder === undefined) throw new UsageError(`no run ${run} in ${dataDir}: if it is in another folder, name that with --data-dir DIR`);
  const file = await readRunFile(folder);
  if (file.begun === undefined && file.summary.state !== 'ended') {
    throw new UsageError(
      `run ${run} was enqueued, not started by trawl crawl: workers continue it, and trawl collect ${run} writes its results; ${enqueueAgain(run)}`,
    );
  }
  return { folder, file };
}

/** Advice for an enqueued run that has not ended and that Redis no longer has. */
export function enqueueAgain(run: RunId): string {
  return `if Redis has lost the run, enqueue the same list with the same options again: trawl enqueue --run ${run} SOURCE; rows that exist are kept, and only the rest is fetched`;
}

/** The options with which the run was started, overridden by those that are given now. Throws UsageError if a secret is missing: secrets are not stored and must be given again. */
export function continuedOptions(run: RunId, config: Config, recorded: RunOptions): RunOptions {
  const given = config.givenRun;
  const named = new Set(given.headers?.map(([name]) => name.toLowerCase()));
  const headers = [...recorded.headers.filter(([name]) => !named.has(name.toLowerCase())), ...(given.headers ?? [])];
  const origins = new Set(given.auth?.map(([origin]) => origin));
  const auth = [...recorded.auth.filter(([origin]) => !origins.has(origin)), ...(given.auth ?? [])];
  const missing = [
    ...headers.flatMap(([name, value]) => (isRedacted(value) ? [`-H '${name}: …'`] : [])),
    ...auth.flatMap(([origin, credentials]) => (isRedacted(credentials) ? [`--auth '${origin}=…'`] : [])),
  ];
  if (missing.length > 0) {
    throw new UsageError(`run ${run} was started with a secret that is not stored: give ${missing.join(' ')} again`);
  }
  // Options that did not exist when the run was started have their defaults.
  return { ...config.run, ...recorded, ...given, headers, auth };
}

/** The sources with which the run was started. Throws UsageError if one cannot be read again. */
export function continuedSources(run: RunId, recorded: readonly RecordedSource[]): SourceSpec[] {
  return recorded.map(({ kind, name, at, reading }): SourceSpec => {
    const how = reading !== undefined && { reading };
    if (kind === 'file') return { kind, path: name, ...(at !== undefined && { at }), ...how };
    if (kind === 'stdin')
      throw new UsageError(
        `run ${run} was read from stdin, which is not stored: give the same list as a file, trawl --continue ${run} FILE`,
      );
    if (name.includes('***@'))
      throw new UsageError(`run ${run} was started with credentials in a URL, which are not stored: give its sources again`);
    return { kind, url: name, ...how };
  });
}

/**
 * Throws UsageError if different sources could confuse lines that already have rows. This matters only if each line is an entry of its own: such an entry is identified by its line number and,
 * if the run has several sources, by the name of its source.
 */
export function checkSameSources(run: RunId, given: readonly SourceSpec[], recorded: readonly RecordedSource[]): void {
  const [names, before] = [recordSources(given), recorded].map((sources) => sources.map(({ name }) => name)) as [string[], string[]];
  if (names.length === 1 && before.length === 1) return;
  if (names.join('\n') === before.join('\n') || !given.some(isByLine)) return;
  throw new UsageError(`run ${run} was started with ${before.join(' ')}: give the same sources, or none`);
}

function isByLine(spec: SourceSpec): boolean {
  if (spec.kind === 'url' || spec.kind === 'sitemap') return spec.reading?.dedupe === 'none';
  const name = spec.kind === 'file' ? spec.path : spec.kind === 'stdin' ? 'stdin' : spec.url;
  return documentKindOf(name, spec.reading) === undefined && readerOf(name, spec.reading).identity === 'line';
}

/** The sources in the form that is stored: with absolute paths, and credentials masked. */
export function recordSources(specs: readonly SourceSpec[]): RecordedSource[] {
  return specs.map((spec): RecordedSource => {
    const { kind, reading } = spec;
    const rootDir = reading?.rootDir !== undefined && { rootDir: resolve(reading.rootDir) };
    const how = reading !== undefined && { reading: { ...reading, ...rootDir } };
    if (kind === 'file') return { kind, name: spec.path, at: spec.at ?? resolve(spec.path), ...how };
    return { kind, name: kind === 'stdin' ? '-' : maskCredentials(spec.url), ...how };
  });
}

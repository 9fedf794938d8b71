import { isDeepStrictEqual } from 'node:util';
import { UsageError } from '../model/errors.ts';
import type { RunId } from '../model/run-id.ts';
import type { RunOptions } from '../model/run-options.ts';
import type { Config } from '../options/load-config.ts';
import { OPTIONS } from '../options/option-table.ts';

/**
 * A run that is open keeps its options: other workers are fetching with them, and half of its rows are made with them. Throws UsageError if options were given now that it does not have, because
 * they would change nothing.
 */
export function checkLiveOptions(run: RunId, { run: wanted, givenRun }: Pick<Config, 'run' | 'givenRun'>, live: RunOptions): void {
  const names = Object.keys(givenRun) as Array<keyof RunOptions>;
  const other = names.filter((name) => !isDeepStrictEqual(comparable(name, wanted[name]), comparable(name, live[name])));
  if (other.length === 0) return;
  const flags = other.map((name) => (OPTIONS as Record<string, { flag?: string }>)[name]?.flag ?? name);
  throw new UsageError(
    `run ${run} is on Redis with other options: ${flags.join(', ')}; a run keeps the options that it was begun with: leave them out to go on with it, or end it with trawl cancel ${run} and begin another`,
  );
}

/** Headers and credentials count the same in any order. */
function comparable(name: keyof RunOptions, value: unknown): unknown {
  if (name !== 'headers' && name !== 'auth') return value;
  const pairs = (value as ReadonlyArray<readonly [string, string]>).map(([key, text]) => [key.toLowerCase(), text] as const);
  return pairs.sort(([a], [b]) => (a < b ? -1 : 1));
}

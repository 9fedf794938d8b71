/**
 * One Lua script of this folder: what it is given and what its reply means. The scripts are grouped by who calls them: runs.ts, batches.ts, checkout.ts, settle.ts, held-entries.ts, collecting.ts, upkeep.ts.
 * The first argument of most is the run.
 */
export interface Script<Args extends readonly unknown[], Reply> {
  /** Its file, without `.lua`. */
  name: string;
  /** ARGV. */
  args: (...args: Args) => ScriptArguments;
  reply: (raw: never, ...args: Args) => Reply;
  /** What the user is told when the script replies CONFLICT or SEALED. */
  conflict?: (...args: Args) => string;
}

export type ScriptArguments = ReadonlyArray<string | number | Buffer>;

/** Checks a script's types: `reply` is called with the arguments that `args` has. */
export function script<Args extends readonly unknown[], Raw, Reply>(definition: {
  name: string;
  args: (...args: Args) => ScriptArguments;
  reply: (raw: Raw, ...args: Args) => Reply;
  conflict?: (...args: Args) => string;
}): Script<Args, Reply> {
  return definition;
}

/** What is ready in a run, and when something will be. */
export interface Outlook {
  /** The time of Redis's clock at which this was so. */
  nowMs: number;
  /** Origins that may be visited now. */
  ready: number;
  /** The next time at which something is ready or due; Infinity when nothing waits for a time. */
  nextMs: number;
}

/** How most scripts reply an outlook. `next` is '' when nothing waits for a time. */
export type OutlookReply = [nowMs: number, ready: number, next: string];

export function outlook(...[nowMs, ready, next]: OutlookReply): Outlook {
  return { nowMs, ready, nextMs: next === '' ? Number.POSITIVE_INFINITY : Number(next) };
}

/** Pairs of a flat list in which each name is followed by its number. */
export function numbers(flat: ReadonlyArray<string | number>): Array<[name: string, value: number]> {
  return flat.flatMap((name, index): Array<[string, number]> => (index % 2 === 0 ? [[String(name), Number(flat[index + 1])]] : []));
}

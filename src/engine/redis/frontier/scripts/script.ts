/**
 * The arguments and the reply of a Lua script of this folder. Scripts are grouped by caller: runs.ts, batches.ts, checkout.ts,
 * settle.ts, held-entries.ts, collecting.ts, upkeep.ts. The first argument of most is the run.
 */
export interface Script<Args extends readonly unknown[], Reply> {
  /** Its file, without `.lua`. */
  name: string;
  /** ARGV. */
  args: (...args: Args) => ScriptArguments;
  reply: (raw: never, ...args: Args) => Reply;
  /** The message for the user if the script replies CONFLICT or SEALED. */
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

/** How much is ready in a run, and when more will be. */
export interface Outlook {
  /** When this was so, by Redis's clock. */
  nowMs: number;
  /** Origins that may be visited now. */
  ready: number;
  /** The next time at which something is ready or due. Infinity if nothing waits for a time. */
  nextMs: number;
}

/** Reads an outlook from the reply of a script. `next` is '' if nothing waits for a time. */
export type OutlookReply = [nowMs: number, ready: number, next: string];

export function outlook(...[nowMs, ready, next]: OutlookReply): Outlook {
  return { nowMs, ready, nextMs: next === '' ? Number.POSITIVE_INFINITY : Number(next) };
}

/** Pairs a flat list of names and numbers. */
export function numbers(flat: ReadonlyArray<string | number>): Array<[name: string, value: number]> {
  return flat.flatMap((name, index): Array<[string, number]> => (index % 2 === 0 ? [[String(name), Number(flat[index + 1])]] : []));
}

import { hash } from 'node:crypto';
import type { OutcomeLine } from '../../model/lines/outcome-line.ts';
import type { Outcome } from '../../model/outcome.ts';
import { MISSING_SECRET } from '../../model/unfetched-outcome.ts';
import { canonicalUrl, urlKey } from '../../model/url/canonical-url.ts';
import { localUrl } from '../../model/url/local-target.ts';
import { type VerdictClass, verdictClass } from '../../model/verdict.ts';
import { KeyMap } from '../../util/key-map.ts';

/** How a row is counted, and whether its page leads on, by the number under which it is kept. */
const KINDS = [
  ['ok', false],
  ['failed', false],
  ['skipped', false],
  ['ok', true],
  ['failed', true],
  ['skipped', true],
] as const satisfies ReadonlyArray<readonly [VerdictClass, leadsOn: boolean]>;
/** The number of a row that is not of an entry. */
const NO_ENTRY = KINDS.length + 1;
/** What stands for credentials in an `input`. */
const MASK = '***@';

/** The rows of a run's log, known by their keys, at 10 to 15 bytes each. */
export class LoggedRows {
  readonly #kinds = new KeyMap();
  #entries = 0;

  /** Adds a row. False if its URL, or its line, has one already. */
  add(line: OutcomeLine): boolean {
    const outcome = JSON.parse(line) as Outcome;
    const key = isOfLine(outcome)
      ? lineKey(outcome, outcome.identity === 'line' ? undefined : outcome.url)
      : rowKey(outcome, () => keyOfUrl(outcome.url));
    const name = verdictClass(outcome.verdict);
    const leadsOn = outcome.external === true || (name === 'ok' && (outcome.links ?? 0) > 0);
    const kind = isNoUrl(outcome) ? NO_ENTRY : 1 + KINDS.findIndex((kind) => kind[0] === name && kind[1] === leadsOn);
    const isNew = this.#kinds.add(key, kind) === 0;
    if (isNew && kind !== NO_ENTRY) this.#entries++;
    return isNew;
  }

  /** Rows of entries: not of lines that were none. */
  get entries(): number {
    return this.#entries;
  }

  /** How the row of that key is counted, or undefined if there is none. */
  classOf(key: string): VerdictClass | undefined {
    const kind = this.#kinds.get(key);
    return kind === NO_ENTRY ? 'failed' : KINDS[kind - 1]?.[0];
  }

  /** Links were found on the page of that key, or it is one that was not looked at for any, because it was met outside the scope. */
  leadsOn(key: string): boolean {
    return KINDS[this.#kinds.get(key) - 1]?.[1] === true;
  }

  /** The rows of entries, in no order. */
  *rows(): Generator<readonly [key: string, VerdictClass, leadsOn: boolean]> {
    for (const [key, kind] of this.#kinds) if (kind !== NO_ENTRY) yield [key, ...(KINDS[kind - 1] as (typeof KINDS)[number])];
  }
}

/** True for a row that stands for its line: the line has that identity, or was no entry at all. One that lacked a secret was. */
function isOfLine(outcome: Outcome): boolean {
  return outcome.identity === 'line' || isNoUrl(outcome);
}

/** True for the row of a line that is not a URL. A link of a page that is not one was an entry. */
function isNoUrl({ verdict, error, referrer }: Outcome): boolean {
  return verdict === 'invalid-url' && error?.code !== MISSING_SECRET && referrer === undefined;
}

/** The key by which an entry's row is known. */
export function rowKeyOf(entry: { key: string; identity?: 'line'; input?: string; source?: string; line?: number }): string {
  return entry.identity === 'line' ? entry.key : rowKey(entry, () => entry.key);
}

/** Local links have their rows by the path from the working directory, and links that are not URLs by what is written. */
function keyOfUrl(url: string): string {
  return /^https?:\/\//.test(url) && URL.canParse(url) ? urlKey(canonicalUrl(new URL(url))) : urlKey(localUrl(url));
}

/** That of its URL. Rows do not hold credentials, so that a URL that has some is known by its line and what is shown of it. */
function rowKey(row: { input?: string; source?: string; line?: number }, ofUrl: () => string): string {
  return row.input?.includes(MASK) ? lineKey(row, row.input) : ofUrl();
}

/** The key of a row that stands for its line, or of one of several on a line: what is shown of it tells these apart. */
export function lineKey({ source = '', line }: { source?: string; line?: number }, shown?: string): string {
  return hash('sha1', `${line} ${source}${shown === undefined ? '' : `\n${shown}`}`, 'hex').slice(0, 16);
}

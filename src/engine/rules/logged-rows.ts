import { hash } from 'node:crypto';
import type { OutcomeLine } from '../../model/lines/outcome-line.ts';
import type { Outcome } from '../../model/outcome.ts';
import { MISSING_SECRET } from '../../model/unfetched-outcome.ts';
import { canonicalUrl, urlKey } from '../../model/url/canonical-url.ts';
import { localUrl } from '../../model/url/local-target.ts';
import { type VerdictClass, verdictClass } from '../../model/verdict.ts';
import { KeyMap } from '../../util/key-map.ts';

/** How a row is counted, and whether its page has links. A row is stored as 1 + its index here. */
const KINDS = [
  ['ok', false],
  ['failed', false],
  ['skipped', false],
  ['ok', true],
  ['failed', true],
  ['skipped', true],
] as const satisfies ReadonlyArray<readonly [VerdictClass, hasLinks: boolean]>;
/** The stored number of a row that is not of an entry. */
const NO_ENTRY = KINDS.length + 1;
/** Replaces credentials in an `input`. */
const MASK = '***@';

/** The rows of a run's log by key. A row takes 9 to 18 bytes. */
export class LoggedRows {
  readonly #kinds = new KeyMap();
  #entries = 0;

  /** Adds a row. False if there is one for its URL or line. */
  add(line: OutcomeLine): boolean {
    const outcome = JSON.parse(line) as Outcome;
    const key = isOfLine(outcome)
      ? lineKey(outcome, outcome.identity === 'line' ? undefined : outcome.url)
      : rowKey(outcome, () => keyOfUrl(outcome.url));
    const name = verdictClass(outcome.verdict);
    const hasLinks = outcome.external === true || (name === 'ok' && (outcome.links ?? 0) > 0);
    const kind = isNoUrl(outcome) ? NO_ENTRY : 1 + KINDS.findIndex((kind) => kind[0] === name && kind[1] === hasLinks);
    const isNew = this.#kinds.add(key, kind) === 0;
    if (isNew && kind !== NO_ENTRY) this.#entries++;
    return isNew;
  }

  /** The number of rows, without those of lines that were not entries. */
  get entries(): number {
    return this.#entries;
  }

  /** How the row with this key is counted. Undefined if there is none. */
  classOf(key: string): VerdictClass | undefined {
    const kind = this.#kinds.get(key);
    return kind === NO_ENTRY ? 'failed' : KINDS[kind - 1]?.[0];
  }

  /** True if links were found on the page with this key, or if it was not searched for links because it was out of scope. */
  hasLinks(key: string): boolean {
    return KINDS[this.#kinds.get(key) - 1]?.[1] === true;
  }

  /** The rows of entries, in no particular order. */
  *rows(): Generator<readonly [key: string, VerdictClass, hasLinks: boolean]> {
    for (const [key, kind] of this.#kinds) if (kind !== NO_ENTRY) yield [key, ...(KINDS[kind - 1] as (typeof KINDS)[number])];
  }
}

/** True for a row that stands for its line: the line has that identity, or was not a URL. */
function isOfLine(outcome: Outcome): boolean {
  return outcome.identity === 'line' || isNoUrl(outcome);
}

/** True for the row of a line that is not a URL. A line that lacked a secret, and an invalid link of a page, were entries. */
function isNoUrl({ verdict, error, referrer }: Outcome): boolean {
  return verdict === 'invalid-url' && error?.code !== MISSING_SECRET && referrer === undefined;
}

/** The key of an entry's row. */
export function rowKeyOf(entry: { key: string; identity?: 'line'; input?: string; source?: string; line?: number }): string {
  return entry.identity === 'line' ? entry.key : rowKey(entry, () => entry.key);
}

/** Rows of local links contain the path from the working directory, rows of invalid links their text. */
function keyOfUrl(url: string): string {
  return /^https?:\/\//.test(url) && URL.canParse(url) ? urlKey(canonicalUrl(new URL(url))) : urlKey(localUrl(url));
}

/** The key of the row's URL. Rows contain no credentials, so a URL with credentials is identified by its line and its masked text. */
function rowKey(row: { input?: string; source?: string; line?: number }, ofUrl: () => string): string {
  return row.input?.includes(MASK) ? lineKey(row, row.input) : ofUrl();
}

/** The key of a row that stands for its line. If a line has several rows, `shown` distinguishes them. */
export function lineKey({ source = '', line }: { source?: string; line?: number }, shown?: string): string {
  return hash('sha1', `${line} ${source}${shown === undefined ? '' : `\n${shown}`}`, 'hex').slice(0, 16);
}

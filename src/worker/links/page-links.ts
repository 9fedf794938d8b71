import type { FoundLinks } from '../../engine/ending.ts';
import type { Entry } from '../../model/entry.ts';
import type { LeftOut } from '../../model/left-out.ts';
import type { SkippedLink } from '../../model/outcome.ts';
import { type Checked, unfollowedRequest } from '../../model/request-spec.ts';
import type { RunOptions } from '../../model/run-options.ts';
import { urlKey } from '../../model/url/canonical-url.ts';
import { fragmentName } from '../../model/url/fragment-name.ts';
import { LOCAL_ORIGIN, localUrl, ownOrigin } from '../../model/url/local-target.ts';
import { namedHostOf } from '../../model/url/named-host.ts';
import { maskCredentials, withoutCredentials } from '../../model/url/without-credentials.ts';
import type { Link, UnreadableLink } from '../../parse/links/found-links.ts';
import type { JudgedLink, JudgedLinks } from './judged-links.ts';

/** Limits on the skipped links that an outcome lists: their number, the characters of each, and of all. */
const MAX_SKIPPED = 1_000;
const SKIPPED_CHARS = 1_000;
const MAX_SKIPPED_CHARS = 131_072;
/** Maximum of characters of all links with a fragment that an outcome lists: a row must stay far below a megabyte. */
const MAX_FRAGMENT_CHARS = 131_072;
const NOT_A_URL: Checked = { verdict: 'invalid-url', code: 'NOT_A_URL', message: 'not a valid URL' };

/** The result for the links of one page. */
interface FoundOnPage extends FoundLinks {
  fragments: string[];
  /** How many links with a fragment are not listed, because of the limit. */
  moreFragments: number;
  skippedLinks: SkippedLink[];
}

/** Collects the links of one page: links to follow become entries, skipped links are counted by reason. */
export class PageLinks {
  readonly #entry: Entry;
  readonly #options: RunOptions;
  readonly #judges: ReadonlyArray<(link: string) => JudgedLink>;
  readonly #nowMs: number;
  readonly #referrer: string;
  readonly #root: string | undefined;
  /** The page's host, if the operator named it. */
  readonly #namedHost: string | undefined;
  /** The page has a private address. */
  readonly #isPrivate: boolean;
  /** A redirect led out of scope to this page. */
  readonly #isOutside: boolean;
  readonly #entries = new Map<string, Entry>();
  readonly #leftOut: Record<string, number> = {};
  readonly #skipped: SkippedLink[] = [];
  #skippedChars = 0;
  readonly #fragments = new Set<string>();
  #fragmentChars = 0;
  #moreFragments = 0;
  readonly #excluding: readonly RegExp[];
  readonly #excludingFragments: readonly RegExp[];

  /**
   * @param url of the page, after redirects
   * @param isPrivate the page has a private address
   */
  constructor(entry: Entry, { url, isPrivate }: { url: URL; isPrivate: boolean }, judges: JudgedLinks, options: RunOptions, nowMs: number) {
    const own = new URL(entry.url);
    // If a seed redirects, its target is in scope too, because the operator meant it: http://example.com may redirect
    // to https://www.example.com.
    const roots = entry.depth === 0 ? [url, own] : [entry.root === undefined ? own : new URL(entry.root)];
    this.#entry = entry;
    this.#options = options;
    this.#excluding = options.exclude.map((source) => new RegExp(source));
    this.#excludingFragments = options.excludeFragments.map((source) => new RegExp(source));
    this.#judges = roots.map((root) => judges.from(root));
    this.#nowMs = nowMs;
    this.#referrer = withoutCredentials(entry.url);
    this.#root = options.scope === 'prefix' ? roots[0]?.href : undefined;
    this.#namedHost = namedHostOf(entry);
    this.#isPrivate = isPrivate;
    this.#isOutside = entry.depth > 0 && url.href !== own.href && !roots.some((root) => judges.reaches(url, root));
  }

  take(link: Link): void {
    const judged = this.#judge(link.url);
    const leftOut = this.#isExcludedByFragment(link.url) ? 'excluded' : this.#leftOutOf(link, judged);
    // Links on a page outside the scope are not checked: they are not this site's links.
    const isExternal = !this.#isOutside && this.#isCheckedOnly(leftOut, judged);
    if (leftOut !== undefined && !isExternal) {
      this.leaveOut(leftOut, 1, link.url);
      return;
    }
    if (this.#options.fragments) this.#noteFragment(link.url, judged.url);
    if (!this.#entries.has(judged.key)) this.#entries.set(judged.key, this.#entryOf(judged, isExternal));
  }

  /**
   * A link that is not a valid URL gets a row of its own, as it does in a document. A link that is too long for any
   * server is skipped.
   */
  takeUnreadable({ written, isTooLong }: UnreadableLink): void {
    const shown = maskCredentials(written);
    if (isTooLong) this.leaveOut('url-length', 1, shown);
    else if (this.#excluding.some((pattern) => pattern.test(shown))) this.leaveOut('excluded', 1, shown);
    else {
      const url = localUrl(shown);
      const key = urlKey(url);
      const place = this.#options.hostIntervalMs > 0 ? ownOrigin(url, key) : { url, origin: LOCAL_ORIGIN };
      const entry = this.#entryOf({ key, ...place, hostname: '' }, false);
      entry.request = { checked: NOT_A_URL };
      this.#entries.set(key, entry);
    }
  }

  leaveOut(reason: LeftOut, links: number, url?: string): void {
    if (links === 0) return;
    this.#leftOut[reason] = (this.#leftOut[reason] ?? 0) + links;
    if (this.#options.keepSkipped && url !== undefined && this.#skipped.length < MAX_SKIPPED && this.#skippedChars < MAX_SKIPPED_CHARS) {
      const shown = maskCredentials(url).slice(0, SKIPPED_CHARS);
      this.#skippedChars += shown.length;
      this.#skipped.push({ url: shown, reason });
    }
  }

  /** The result so far; `fragments` and `skippedLinks` in the form that outcomes have. */
  found(): FoundOnPage {
    return {
      entries: [...this.#entries.values()],
      leftOut: this.#leftOut,
      fragments: [...this.#fragments],
      moreFragments: this.#moreFragments,
      skippedLinks: this.#skipped,
    };
  }

  /** Judges the link by the first of the page's scopes that contains it. */
  #judge(link: string): JudgedLink {
    let judged: JudgedLink | undefined;
    for (const judge of this.#judges) {
      judged = judge(link);
      if (judged.leftOut !== 'scope') break;
    }
    return judged as JudgedLink;
  }

  #leftOutOf(link: Link, { leftOut }: JudgedLink): LeftOut | undefined {
    if (leftOut !== undefined && leftOut !== 'scope') return leftOut;
    if (this.#options.robots && link.nofollow && link.kind === 'page') return 'nofollow';
    return leftOut ?? (this.#isOutside ? 'redirected-out' : undefined);
  }

  /** True if the link is not followed, but requested once. */
  #isCheckedOnly(leftOut: LeftOut | undefined, judged: JudgedLink): boolean {
    const { checkExternal, checkNofollow } = this.#options;
    if (leftOut === 'scope') return checkExternal;
    return leftOut === 'nofollow' && checkNofollow && (checkExternal || judged.leftOut !== 'scope');
  }

  /** Patterns may match the fragment, but the cached judgement is of the URL without it. */
  #isExcludedByFragment(link: string): boolean {
    return this.#excluding.length > 0 && link.includes('#') && this.#excluding.some((pattern) => pattern.test(link));
  }

  #noteFragment(link: string, url: string): void {
    const at = link.indexOf('#');
    if (at === -1 || fragmentName(link.slice(at + 1)) === undefined) return;
    const target = url + link.slice(at);
    if (this.#fragments.has(target) || this.#excludingFragments.some((pattern) => pattern.test(target))) return;
    this.#fragmentChars += target.length;
    if (this.#fragmentChars > MAX_FRAGMENT_CHARS) this.#moreFragments++;
    else this.#fragments.add(target);
  }

  #entryOf({ key, url, origin, hostname }: Omit<JudgedLink, 'leftOut'>, isExternal: boolean): Entry {
    const { depth } = this.#entry;
    const entry: Entry = {
      key,
      url,
      origin,
      depth: depth + 1,
      attempts: 0,
      deferrals: 0,
      acceptedAtMs: this.#nowMs,
      referrer: this.#referrer,
    };
    if (hostname === this.#namedHost) entry.hostNamed = true;
    if (this.#root !== undefined) entry.root = this.#root;
    if (this.#isPrivate) entry.linkedPrivately = true;
    if (isExternal) {
      entry.external = true;
      entry.request = unfollowedRequest(this.#options.fragments);
    }
    return entry;
  }
}

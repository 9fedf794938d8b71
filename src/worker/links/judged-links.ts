import type { LeftOut } from '../../model/left-out.ts';
import type { LinkOptions } from '../../model/link-options.ts';
import { canonicalUrl, urlKey, withoutDotSegments } from '../../model/url/canonical-url.ts';
import { compileStripParams, type StripParams, strippedUrl } from '../../model/url/strip-params.ts';
import { compileScope, type JudgeLink, type Scope } from '../scope/scope.ts';

/** The judgement of a link. It is the same for every page of the same scope. */
export interface JudgedLink {
  /** Why it is not followed. A link with `scope` may still be checked. */
  leftOut?: LeftOut;
  /** The key of its entry. */
  key: string;
  /** The URL to request: without fragment, credentials and stripped parameters. */
  url: string;
  origin: string;
  hostname: string;
}

let created = 0;

/** Judgements of longer links are not cached: such links are not followed, and rarely occur on a second page. */
const MAX_CACHED_CHARS = 2_048;

/** Judges the links of a run's pages. */
export class JudgedLinks {
  readonly #options: LinkOptions;
  readonly #scope: Scope;
  readonly #params: StripParams | undefined;
  readonly #cache: JudgementCache;
  /** Separates its judgements in the shared cache from those of other runs. */
  readonly #number = created++;

  private constructor(options: LinkOptions, scope: Scope, cache: JudgementCache) {
    this.#options = options;
    this.#cache = cache;
    this.#scope = scope;
    this.#params = options.stripParams.length > 0 ? compileStripParams(options.stripParams) : undefined;
  }

  static async of(options: LinkOptions, cache: JudgementCache): Promise<JudgedLinks> {
    return new JudgedLinks(options, await compileScope(options), cache);
  }

  /**
   * Returns the judge for links on pages that were reached from the seed `root`. It takes links as WHATWG serialises
   * them.
   */
  from(root: URL): (link: string) => JudgedLink {
    const judge = this.#scope.from(root);
    const scope = `${this.#number} ${this.#options.scope === 'prefix' ? root.href : root.origin}`;
    return (link) => {
      const fragmentAt = link.indexOf('#');
      const href = fragmentAt === -1 ? link : link.slice(0, fragmentAt);
      const known = this.#cache.get(scope, href);
      if (known !== undefined) return known;
      const judged = this.#judge(new URL(href), judge);
      if (href.length <= MAX_CACHED_CHARS) this.#cache.set(scope, href, judged);
      return judged;
    };
  }

  /**
   * True if the URL is in the scope of `root` by scope and patterns. Trap checks (length, path segments) do not count
   * here.
   */
  reaches(url: URL, root: URL): boolean {
    const { leftOut } = this.from(root)(url.href);
    return leftOut !== 'scope' && leftOut !== 'excluded' && leftOut !== 'not-included';
  }

  /** Credentials in links are dropped: a page must not decide which credentials we send. */
  #judge(link: URL, judge: JudgeLink): JudgedLink {
    if (link.username !== '' || link.password !== '') [link.username, link.password] = ['', ''];
    const resolved = withoutDotSegments(link);
    const url = this.#params === undefined ? resolved : strippedUrl(resolved, this.#params);
    const leftOut = judge(url);
    const { href, origin, hostname } = url;
    return { ...(leftOut !== undefined && { leftOut }), key: urlKey(canonicalUrl(url)), url: href, origin, hostname };
  }
}

/** The memory of a cached judgement besides its strings: the object, its map entry, string headers. */
const OVERHEAD_BYTES = 300;
/**
 * Maximum for all runs of a process together. Caching pays because pages of a site share most of their links, and
 * judging a link takes as long as finding it.
 */
const MAX_BYTES = 16 * 1_048_576;

type Generation = Map<string, Map<string, JudgedLink>>;

/**
 * Cache of judgements, by scope and link. It keeps the most recently used ones in two generations. When the young
 * generation has half of the bytes, it becomes the old one, and judgements of the previous old generation that were not
 * used meanwhile are dropped.
 */
export class JudgementCache {
  readonly #generationBytes: number;
  #young: Generation = new Map();
  #old: Generation = new Map();
  #bytes = 0;

  constructor(maxBytes = MAX_BYTES) {
    this.#generationBytes = maxBytes / 2;
  }

  get(scope: string, link: string): JudgedLink | undefined {
    const judged = this.#young.get(scope)?.get(link);
    if (judged !== undefined) return judged;
    const old = this.#old.get(scope)?.get(link);
    if (old !== undefined) this.set(scope, link, old);
    return old;
  }

  set(scope: string, link: string, judged: JudgedLink): void {
    const bytes = OVERHEAD_BYTES + link.length + judged.url.length + judged.origin.length + judged.hostname.length;
    if (this.#bytes + bytes > this.#generationBytes) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#bytes = 0;
    }
    let links = this.#young.get(scope);
    if (links === undefined) {
      links = new Map();
      this.#young.set(scope, links);
      this.#bytes += OVERHEAD_BYTES + scope.length;
    }
    links.set(link, judged);
    this.#bytes += bytes;
  }
}

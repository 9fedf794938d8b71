import type { LeftOut } from '../../model/left-out.ts';
import type { LinkOptions } from '../../model/link-options.ts';
import { canonicalUrl, urlKey, withoutDotSegments } from '../../model/url/canonical-url.ts';
import { compileStripParams, type StripParams, strippedUrl } from '../../model/url/strip-params.ts';
import { compileScope, type JudgeLink, type Scope } from '../scope/scope.ts';

/** What a link comes to, whichever page of the same scope it stands on. */
export interface JudgedLink {
  /** Why it is not followed. With `scope`, it may be checked all the same. */
  leftOut?: LeftOut;
  /** Of the entry that it would be. */
  key: string;
  /** As it is requested: without fragment, credentials and the parameters that do not count. */
  url: string;
  origin: string;
  hostname: string;
}

let created = 0;

/** Judgements of links no longer than this are kept: what is longer is not followed, and stands on no second page. */
const MOST_KEPT_CHARS = 2_048;

/** Judges the links of a run's pages. */
export class JudgedLinks {
  readonly #options: LinkOptions;
  readonly #scope: Scope;
  readonly #params: StripParams | undefined;
  readonly #cache: JudgementCache;
  /** Tells its judgements in the cache from those of other runs. */
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

  /** The judge of the links on pages that belong to `root`: takes them as WHATWG serialises them. */
  from(root: URL): (link: string) => JudgedLink {
    const judge = this.#scope.from(root);
    const scope = `${this.#number} ${this.#options.scope === 'prefix' ? root.href : root.origin}`;
    return (link) => {
      const fragmentAt = link.indexOf('#');
      const href = fragmentAt === -1 ? link : link.slice(0, fragmentAt);
      const known = this.#cache.get(scope, href);
      if (known !== undefined) return known;
      const judged = this.#judge(new URL(href), judge);
      if (href.length <= MOST_KEPT_CHARS) this.#cache.set(scope, href, judged);
      return judged;
    };
  }

  /** Whether the pages that belong to `root` may lead there, however long its path is. */
  reaches(url: URL, root: URL): boolean {
    const { leftOut } = this.from(root)(url.href);
    return leftOut !== 'scope' && leftOut !== 'excluded' && leftOut !== 'not-included';
  }

  /** Those who write a page give no credentials to its readers: a page of our own operator's could send his along. */
  #judge(link: URL, judge: JudgeLink): JudgedLink {
    if (link.username !== '' || link.password !== '') [link.username, link.password] = ['', ''];
    const resolved = withoutDotSegments(link);
    const url = this.#params === undefined ? resolved : strippedUrl(resolved, this.#params);
    const leftOut = judge(url);
    const { href, origin, hostname } = url;
    return { ...(leftOut !== undefined && { leftOut }), key: urlKey(canonicalUrl(url)), url: href, origin, hostname };
  }
}

/** What a kept judgement takes besides its texts: the object, its place in a map, the heads of its strings. */
const OVERHEAD_BYTES = 300;
/** Of all runs of a process together. Pages of a site have most of their links in common, and each takes as long to judge as to find. */
const MOST_BYTES = 16 * 1_048_576;

type Generation = Map<string, Map<string, JudgedLink>>;

/**
 * Judgements of links, by their scope and the link. It holds the most recently used ones in two generations: when the younger one has half of the bytes it
 * becomes the older one, and what that held and nobody asked for since is forgotten.
 */
export class JudgementCache {
  readonly #generationBytes: number;
  #young: Generation = new Map();
  #old: Generation = new Map();
  #bytes = 0;

  constructor(mostBytes = MOST_BYTES) {
    this.#generationBytes = mostBytes / 2;
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

import { canonicalUrl, urlKey } from '../core/canonical-url.ts';
import { withoutDotSegments } from '../core/dot-segments.ts';
import type { LeftOut } from '../core/left-out.ts';
import type { LinkOptions } from '../core/link-options.ts';
import { compileStripParams, type StripParams, strippedUrl } from '../core/strip-params.ts';
import { compileScope, type JudgeLink, type Scope } from '../scope/scope.ts';

/** What a link comes to, whichever page of the same scope it stands on. */
export interface JudgedLink {
  /** Why it is not followed. With `scope`, it may be checked all the same. */
  leftOut?: LeftOut;
  /** Of the entry that it would be. */
  key: string;
  /** As it is requested: without fragment and the parameters that do not count. */
  url: string;
  origin: string;
  hostname: string;
}

/** Judgements that are kept. Pages of a site have most of their links in common, and each takes as long to judge as to find. */
const MOST_KEPT = 50_000;

/** Judges the links of a run's pages. */
export class JudgedLinks {
  readonly #options: LinkOptions;
  readonly #scope: Scope;
  readonly #params: StripParams | undefined;
  readonly #kept = new Map<string, Map<string, JudgedLink>>();
  #size = 0;

  private constructor(options: LinkOptions, scope: Scope) {
    this.#options = options;
    this.#scope = scope;
    this.#params = options.stripParams.length > 0 ? compileStripParams(options.stripParams) : undefined;
  }

  static async of(options: LinkOptions): Promise<JudgedLinks> {
    return new JudgedLinks(options, await compileScope(options));
  }

  /** The judge of the links on pages that belong to `root`: takes them as WHATWG serialises them. */
  from(root: URL): (link: string) => JudgedLink {
    const judge = this.#scope.from(root);
    const kept = this.#keptOf(root);
    return (link) => {
      const fragmentAt = link.indexOf('#');
      const href = fragmentAt === -1 ? link : link.slice(0, fragmentAt);
      let judged = kept.get(href);
      if (judged === undefined) {
        judged = this.#judge(new URL(href), judge);
        kept.set(href, judged);
        this.#size++;
      }
      return judged;
    };
  }

  /** Whether the URL belongs to the scope of `root`. */
  reaches(url: URL, root: URL): boolean {
    return this.#scope.from(root)(url) !== 'scope';
  }

  #judge(link: URL, judge: JudgeLink): JudgedLink {
    const resolved = withoutDotSegments(link);
    const url = this.#params === undefined ? resolved : strippedUrl(resolved, this.#params);
    const leftOut = judge(url);
    const { href, origin, hostname } = url;
    return { ...(leftOut !== undefined && { leftOut }), key: urlKey(canonicalUrl(url)), url: href, origin, hostname };
  }

  #keptOf(root: URL): Map<string, JudgedLink> {
    if (this.#size > MOST_KEPT) {
      this.#kept.clear();
      this.#size = 0;
    }
    const name = this.#options.scope === 'prefix' ? root.href : root.origin;
    let kept = this.#kept.get(name);
    if (kept === undefined) {
      kept = new Map();
      this.#kept.set(name, kept);
    }
    return kept;
  }
}

import type { Entry } from '../../model/entry.ts';
import type { LinkOptions } from '../../model/link-options.ts';
import { urlKey } from '../../model/url/canonical-url.ts';
import { hostOf } from '../../model/url/named-host.ts';
import { KeyMap } from '../../util/key-map.ts';
import { type LinkRefusal, linkRefusal } from '../rules/link-refusal.ts';

/** Limits the number of URLs of a run. Seeds count, but are never left out. */
export class LinkLimits {
  readonly #options: LinkOptions;
  readonly #hosts = new HostCounts();

  constructor(options: LinkOptions) {
    this.#options = options;
  }

  /** Why a new link is left out of a run with so many URLs. Undefined if it is not. */
  refusal({ depth, origin }: Entry, urls: number, hasRow: boolean): LinkRefusal | undefined {
    return linkRefusal({ depth, hasRow, urls, hostUrls: this.#hosts.of(hostOf(origin)) }, this.#options);
  }

  count({ origin }: Entry): void {
    if (this.#options.depth > 0) this.#hosts.add(hostOf(origin));
  }
}

/** The largest value of a `KeyMap`. */
const FEW = 255;

/**
 * Counts the URLs of each host, at 9 to 18 bytes per host. A crawl without a scope meets millions of hosts, most of
 * them with few URLs.
 */
class HostCounts {
  readonly #few = new KeyMap();
  /** Counts of the hosts with more URLs than that. */
  readonly #many = new Map<string, number>();
  /** The last host and its key: the next call is usually about the same one. */
  #host = '';
  #key = urlKey('');

  of(host: string): number {
    const few = this.#few.get(this.#keyOf(host));
    return few < FEW ? few : (this.#many.get(host) ?? FEW);
  }

  add(host: string): void {
    const urls = this.of(host) + 1;
    if (urls <= FEW) this.#few.set(this.#keyOf(host), urls);
    else this.#many.set(host, urls);
  }

  #keyOf(host: string): string {
    if (host !== this.#host) {
      this.#host = host;
      this.#key = urlKey(host);
    }
    return this.#key;
  }
}

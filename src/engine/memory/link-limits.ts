import type { Entry } from '../../model/entry.ts';
import type { LinkOptions } from '../../model/link-options.ts';
import { urlKey } from '../../model/url/canonical-url.ts';
import { hostOf } from '../../model/url/named-host.ts';
import { KeyMap } from '../../util/key-map.ts';
import { type LinkRefusal, linkRefusal } from '../rules/link-refusal.ts';

/** How many URLs a run may have. Seeds count, and are never left out. */
export class LinkLimits {
  readonly #options: LinkOptions;
  readonly #hosts = new HostCounts();

  constructor(options: LinkOptions) {
    this.#options = options;
  }

  /** Why a link that was not seen is left out of a run that has so many URLs, or undefined. */
  refusal({ depth, origin }: Entry, urls: number, hasRow: boolean): LinkRefusal | undefined {
    return linkRefusal({ depth, hasRow, urls, hostUrls: this.#hosts.of(hostOf(origin)) }, this.#options);
  }

  count({ origin }: Entry): void {
    if (this.#options.depth > 0) this.#hosts.add(hostOf(origin));
  }
}

/** What a `KeyMap` can hold. */
const FEW = 255;

/** URLs of each host, at 10 to 15 bytes a host. A crawl without a scope meets millions, and most of them have few URLs. */
class HostCounts {
  readonly #few = new KeyMap();
  /** Of the hosts that have more than a few. */
  readonly #many = new Map<string, number>();
  /** The host that was asked for last, and its key: the next question is mostly about the same. */
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

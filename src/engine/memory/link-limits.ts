import type { Entry } from '../../core/entry.ts';
import type { LinkOptions } from '../../core/link-options.ts';
import { hostOf } from '../../core/origin-host.ts';

/** How many URLs a run may have. Seeds count, and are never left out. */
export class LinkLimits {
  readonly #options: LinkOptions;
  /** URLs of each host; empty where no links are followed. */
  readonly #hosts = new Map<string, number>();

  constructor(options: LinkOptions) {
    this.#options = options;
  }

  /** Why a link that was not seen is left out of a run that has so many URLs, or undefined. One that has its row is among them. */
  refusal({ depth, origin }: Entry, urls: number, hasRow: boolean): 'depth' | 'max-urls' | 'max-urls-per-host' | undefined {
    const { maxUrls, maxUrlsPerHost } = this.#options;
    if (depth > this.#options.depth) return 'depth';
    if (hasRow) return undefined;
    if (maxUrls !== undefined && urls >= maxUrls) return 'max-urls';
    return (this.#hosts.get(hostOf(origin)) ?? 0) >= maxUrlsPerHost ? 'max-urls-per-host' : undefined;
  }

  count({ origin }: Entry): void {
    if (this.#options.depth === 0) return;
    const host = hostOf(origin);
    this.#hosts.set(host, (this.#hosts.get(host) ?? 0) + 1);
  }
}

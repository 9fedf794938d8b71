import { canonicalUrl, urlKey } from '../../model/url/canonical-url.ts';
import { KeySet } from '../../util/key-map.ts';

/** Length of an anchor's key in an outcome. */
const BYTES = 6;
/** Keys that are cached. It helps because the links of a page often point to the same few pages, and the pages of a site share many anchor names. */
const MAX_REMEMBERED = 100_000;

/** The anchors of all pages that links with a fragment point to, at about 20 bytes each. With 100,000 pages, the probability that any two are confused is 2e-5. */
export class AnchorKeys {
  readonly #pointedInto = new KeySet();
  readonly #taken = new KeySet();
  readonly #anchors = new KeySet();
  readonly #pageKey = remembering((url) => urlKey(canonicalUrl(new URL(url))));
  readonly #nameKey = remembering(urlKey);
  isEmpty = true;

  /** A link with a fragment points to this page, so its anchors are needed. */
  notePage(url: string): void {
    this.#pointedInto.add(this.#pageKey(url));
    this.isEmpty = false;
  }

  /** Adds the anchors of a page, from its row. Ignored unless `notePage` was called for the page. */
  takeAnchors(url: string, packed: string): void {
    const page = this.#pageKey(url);
    if (!this.#pointedInto.has(page)) return;
    this.#taken.add(page);
    const bytes = Buffer.from(packed, 'base64url');
    for (let at = 0; at + BYTES <= bytes.length; at += BYTES)
      this.#anchors.add(mixed(page, bytes.readUInt32BE(at), bytes.readUInt16BE(at + 4)));
  }

  /** The key of a page whose anchors were taken; undefined for any other. */
  pageOf(url: string): string | undefined {
    const page = this.#pageKey(url);
    return this.#taken.has(page) ? page : undefined;
  }

  /** The key of the anchor with this name on this page; undefined if the page's anchors were not taken. */
  keyOf(url: string, name: string): string | undefined {
    const page = this.pageOf(url);
    if (page === undefined) return undefined;
    const key = this.#nameKey(name);
    return mixed(page, Number.parseInt(key.slice(0, 8), 16), Number.parseInt(key.slice(8, 12), 16));
  }

  /** @param key as `keyOf` gave it */
  has(key: string): boolean {
    return this.#anchors.has(key);
  }
}

/** Writing keys through this buffer is twice as fast as `toString(16)`. */
const scratch = Buffer.alloc(8);

/**
 * The key of an anchor: 48 bits of its page's key and 48 of its name's key, combined by XOR into 64. Both keys are digests, so the result is well distributed, also for one name on many pages
 * and for many names on one page.
 *
 * @param nameHigh the first 32 bits of the name's key
 * @param nameLow the next 16 bits
 */
function mixed(page: string, nameHigh: number, nameLow: number): string {
  const high = nameHigh ^ Math.imul(Number.parseInt(page.slice(8, 12), 16), 0x10001);
  const low = Number.parseInt(page.slice(0, 8), 16) ^ Math.imul(nameLow, 0x10001);
  scratch.writeInt32BE(high, 0);
  scratch.writeInt32BE(low, 4);
  return scratch.toString('hex');
}

function remembering(keyOf: (text: string) => string): (text: string) => string {
  const known = new Map<string, string>();
  return (text) => {
    let key = known.get(text);
    if (key === undefined) {
      key = keyOf(text);
      if (known.size === MAX_REMEMBERED) known.clear();
      known.set(text, key);
    }
    return key;
  };
}

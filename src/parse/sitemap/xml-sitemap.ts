import { locationOf, MAX_LOCATION_CHARS, type SitemapItem, type SitemapParser } from './sitemap-item.ts';
import { type XmlEvent, XmlScanner } from './xml-scanner.ts';

type Open = Extract<XmlEvent, { kind: 'open' }>;

const SITEMAPS = ['urlset', 'sitemapindex'];
const FEEDS = ['rss', 'feed', 'rdf', 'channel'];
/** Names of entries in sitemaps and feeds, and of the child elements with a date. */
const SITEMAP_ENTRIES = ['url', 'sitemap'];
const FEED_ENTRIES = ['item', 'entry'];
const DATES = ['lastmod', 'pubdate', 'updated', 'published'];
/**
 * Namespaces of sitemaps. Those of the extensions for images, videos and news contain `sitemap-image` and so on, and do
 * not match.
 */
const SITEMAP_NAMESPACE = /\/schemas\/sitemap\/\d/;
const ABSOLUTE = /^https?:\/\//i;
/** With more locations than this, items are emitted before their entry ends, to limit memory. */
const MAX_HELD = 200;

/** An entry that is not closed yet. */
interface Entry {
  name: string;
  /** How many elements inside the entry are open. */
  depth: number;
  locations: string[];
  alternates: string[];
  guid: string | undefined;
  lastmod: string | undefined;
  /** It has emitted an item. */
  given: boolean;
}

/**
 * An XML sitemap or sitemap index (sitemaps.org), or a feed (RSS 2.0, Atom, RDF). Elements are recognised by their
 * names (in any case), their prefixes, and their position: only a direct child of an entry gives the page's location,
 * so locations of images and videos do not count. An index may contain pages, and a sitemap may contain sitemaps.
 */
export class XmlSitemap implements SitemapParser {
  readonly #base: string;
  readonly #scanner = new XmlScanner();
  #items: SitemapItem[] = [];
  #refused = 0;
  #root: { name: string; prefix: string; isOpen: boolean } | undefined;
  #isKnown = false;
  readonly #prefixes = new Set(['']);
  #entry: Entry | undefined;
  /** The child element whose text is being read, or the entry itself before its first child. */
  #field: { name: string; text: string } | undefined;

  /** @param base the sitemap's own URL, against which relative locations are resolved */
  constructor(base: string) {
    this.#base = base;
  }

  get refused(): number {
    return this.#refused;
  }

  get problem(): 'html' | 'not-a-sitemap' | 'cut-short' | undefined {
    if (this.#root?.name === 'html') return 'html';
    if (!this.#isKnown) return 'not-a-sitemap';
    return this.#root?.isOpen === true ? 'cut-short' : undefined;
  }

  read(piece: string): SitemapItem[] {
    for (const event of this.#scanner.scan(piece)) this.#take(event);
    return this.#takeItems();
  }

  /** A location that is still being read may be incomplete and is dropped, unless its end tag has begun. */
  end(): SitemapItem[] {
    if (this.#scanner.isInEndTag) this.#endField();
    this.#field = undefined;
    if (this.#entry !== undefined) this.#emit(this.#entry);
    return this.#takeItems();
  }

  #takeItems(): SitemapItem[] {
    const items = this.#items;
    this.#items = [];
    return items;
  }

  #take(event: XmlEvent): void {
    switch (event.kind) {
      case 'text':
        this.#addText(this.#field === undefined ? '' : withoutEntities(event.text, this.#scanner.hasSubset));
        break;
      case 'cdata':
        this.#addText(event.text);
        break;
      case 'open':
        this.#endField();
        this.#open(event);
        break;
      case 'close':
        this.#endField();
        this.#close(event.prefix, event.name);
        break;
    }
  }

  #addText(text: string): void {
    if (this.#field === undefined) return;
    this.#field.text = (this.#field.text + text).trimStart().slice(0, MAX_LOCATION_CHARS + 1);
  }

  #open(tag: Open): void {
    const { name, prefix, isEmpty } = tag;
    const isKnown = SITEMAPS.includes(name) || FEEDS.includes(name);
    // Other elements before the root belong to a script's warning.
    if (this.#root === undefined || (isKnown && !this.#isKnown && this.#root.name !== 'html')) {
      this.#root = { name, prefix, isOpen: !isEmpty };
      this.#prefixes.add(prefix);
      this.#isKnown = isKnown;
    }
    if (this.#root.name === 'html') return;
    if (tag.attributes.includes('xmlns:')) this.#learnPrefixes(tag.attributes);
    const isOwn = this.#prefixes.has(prefix);
    const entries = FEEDS.includes(this.#root.name) ? FEED_ENTRIES : SITEMAP_ENTRIES;
    if (isOwn && entries.includes(name)) {
      if (this.#entry !== undefined) this.#emit(this.#entry);
      this.#entry = { name, depth: 0, locations: [], alternates: [], guid: undefined, lastmod: undefined, given: false };
      if (isEmpty) this.#close(prefix, name);
      else if (entries === SITEMAP_ENTRIES) this.#field = { name, text: '' };
      return;
    }
    if (this.#entry === undefined) return;
    if (this.#entry.depth === 0) this.#child(this.#entry, tag, isOwn);
    if (!isEmpty) this.#entry.depth++;
  }

  /** Handles the start tag of an entry's direct child. */
  #child(entry: Entry, { name, attributes, isEmpty }: Open, isOwn: boolean): void {
    const isFeed = FEED_ENTRIES.includes(entry.name);
    if (name === 'link' && attributes.includes('href')) {
      if (isFeed ? isOwn : entry.name === 'url') this.#link(entry, attributes, isFeed);
      return;
    }
    if (!isOwn || isEmpty) return;
    const isGuid = name === 'guid' && xmlAttributes(attributes).get('ispermalink')?.toLowerCase() !== 'false';
    if (name === (isFeed ? 'link' : 'loc') || isGuid || DATES.includes(name)) this.#field = { name, text: '' };
  }

  /** In a sitemap, `xhtml:link` names the page in another language. In Atom, `link` is the page itself. */
  #link(entry: Entry, attributes: string, isFeed: boolean): void {
    const values = xmlAttributes(attributes);
    const relations = values.get('rel')?.toLowerCase().split(/\s+/);
    if (relations === undefined ? !isFeed : !relations.includes('alternate')) return;
    const href = values.get('href');
    if (href === undefined) return;
    const url = locationOf(href, this.#base);
    if (url === undefined) this.#refused++;
    else (isFeed ? entry.locations : entry.alternates).push(url);
    if (entry.locations.length + entry.alternates.length > MAX_HELD) this.#emit(entry);
  }

  #endField(): void {
    const { name, text } = this.#field ?? {};
    this.#field = undefined;
    const entry = this.#entry;
    if (entry === undefined || name === undefined || text === undefined) return;
    const value = text.trim();
    if (name === 'guid') entry.guid = value;
    else if (DATES.includes(name)) {
      if (value !== '') entry.lastmod ??= value;
    } else if (name !== entry.name || ABSOLUTE.test(value)) {
      // Some sitemaps write the location directly into the entry, without `loc`.
      const url = locationOf(value, this.#base);
      if (url !== undefined) entry.locations.push(url);
      if (entry.locations.length > MAX_HELD) this.#emit(entry);
    }
  }

  #close(prefix: string, name: string): void {
    const entry = this.#entry;
    if (entry !== undefined && name === entry.name && this.#prefixes.has(prefix)) {
      this.#emit(entry);
      if (!entry.given) this.#refused++;
      this.#entry = undefined;
    } else if (entry !== undefined) entry.depth = Math.max(entry.depth - 1, 0);
    if (this.#root?.name === name && this.#root.prefix === prefix) this.#root.isOpen = false;
  }

  /** Emits the items of the entry so far. */
  #emit(entry: Entry): void {
    const { lastmod, guid } = entry;
    if (entry.locations.length === 0 && !entry.given && guid !== undefined && ABSOLUTE.test(guid)) {
      const url = locationOf(guid, this.#base);
      if (url !== undefined) entry.locations.push(url);
    }
    const kind = entry.name === 'sitemap' ? 'sitemap' : 'url';
    for (const url of entry.locations) this.#items.push({ kind, url, ...(lastmod !== undefined && { lastmod }) });
    for (const url of entry.alternates) if (!entry.locations.includes(url)) this.#items.push({ kind: 'url', url, alternate: true });
    this.#isKnown ||= entry.locations.length > 0;
    entry.given ||= entry.locations.length + entry.alternates.length > 0;
    entry.locations = [];
    entry.alternates = [];
  }

  #learnPrefixes(attributes: string): void {
    for (const [name, namespace] of xmlAttributes(attributes)) {
      if (name.startsWith('xmlns:') && SITEMAP_NAMESPACE.test(namespace) && this.#prefixes.size < MAX_HELD) {
        this.#prefixes.add(name.slice('xmlns:'.length));
      }
    }
  }
}

const XML_ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/**
 * Replaces the five entities of XML and numeric references in character data. Other entities are kept as written, for
 * example `&copy;` in a URL whose ampersands were not escaped.
 *
 * @param dropUnknown remove unknown entities instead, because a DTD may have declared them
 */
function withoutEntities(text: string, dropUnknown: boolean): string {
  if (!text.includes('&')) return text;
  return text.replace(/&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|([A-Za-z_][\w.-]{0,31}));/g, (written, decimal, hexadecimal, name) => {
    if (name !== undefined) return XML_ENTITIES[name] ?? (dropUnknown ? '' : written);
    const code = decimal === undefined ? Number.parseInt(hexadecimal, 16) : Number(decimal);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : '';
  });
}

/**
 * The attributes of a tag, by their lower-case names including prefixes. Takes linear time even if quotes are
 * missing.
 */
export function xmlAttributes(written: string): Map<string, string> {
  const attributes = new Map<string, string>();
  let name: string | undefined;
  let isValue = false;
  for (const [token] of written.matchAll(/"[^"]*"|'[^']*'|=|[^\s=/"'][^\s="']*/g)) {
    if (token === '=') isValue = name !== undefined;
    else if (isValue && name !== undefined) {
      attributes.set(name, withoutEntities(/^["']/.test(token) ? token.slice(1, -1) : token, false));
      [name, isValue] = [undefined, false];
    } else name = token.toLowerCase();
  }
  return attributes;
}

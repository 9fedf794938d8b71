import { locationOf, MAX_LOCATION_CHARS, type SitemapItem, type SitemapParser } from './sitemap-item.ts';
import { type XmlEvent, XmlScanner } from './xml-scanner.ts';

type Open = Extract<XmlEvent, { kind: 'open' }>;

const SITEMAPS = ['urlset', 'sitemapindex'];
const FEEDS = ['rss', 'feed', 'rdf', 'channel'];
/** What entries are called in sitemaps and in feeds, and which of their children say where and when. */
const SITEMAP_ENTRIES = ['url', 'sitemap'];
const FEED_ENTRIES = ['item', 'entry'];
const DATES = ['lastmod', 'pubdate', 'updated', 'published'];
/** Namespaces of sitemaps; those of its extensions for images, videos and news are `sitemap-image` and so on. */
const SITEMAP_NAMESPACE = /\/schemas\/sitemap\/\d/;
const ABSOLUTE = /^https?:\/\//i;
/** More locations than that are given away before their entry ends. */
const MAX_HELD = 200;

/** An entry whose end has not come. */
interface Entry {
  name: string;
  /** How many elements within it are open. */
  depth: number;
  locations: string[];
  alternates: string[];
  guid: string | undefined;
  lastmod: string | undefined;
  given: boolean;
}

/**
 * A sitemap or an index of them in XML (sitemaps.org), or a feed (RSS 2.0, Atom, RDF). It goes by the names of elements in any case, by their prefix where they have one, and by how they lie in
 * their entry: only a child of the entry says where the page is, so that locations of images and videos are none. An index may list pages and a sitemap sitemaps.
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
  /** The child whose text is being read, or the entry itself before its first child. */
  #field: { name: string; text: string } | undefined;

  /** @param base what relative locations are resolved against: the sitemap's own URL */
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
    return this.#given();
  }

  /** A location that was still being read may be cut, and does not count, unless its end tag had begun. */
  end(): SitemapItem[] {
    if (this.#scanner.isInEndTag) this.#endField();
    this.#field = undefined;
    if (this.#entry !== undefined) this.#give(this.#entry);
    return this.#given();
  }

  #given(): SitemapItem[] {
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
    // Elements of another kind before it are of a script's warning.
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
      if (this.#entry !== undefined) this.#give(this.#entry);
      this.#entry = { name, depth: 0, locations: [], alternates: [], guid: undefined, lastmod: undefined, given: false };
      if (isEmpty) this.#close(prefix, name);
      else if (entries === SITEMAP_ENTRIES) this.#field = { name, text: '' };
      return;
    }
    if (this.#entry === undefined) return;
    if (this.#entry.depth === 0) this.#child(this.#entry, tag, isOwn);
    if (!isEmpty) this.#entry.depth++;
  }

  /** A child of an entry begins. */
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

  /** `xhtml:link` of a sitemap names the page in another language; `link` of Atom is the page itself. */
  #link(entry: Entry, attributes: string, isFeed: boolean): void {
    const values = xmlAttributes(attributes);
    const relations = values.get('rel')?.toLowerCase().split(/\s+/);
    if (relations === undefined ? !isFeed : !relations.includes('alternate')) return;
    const href = values.get('href');
    if (href === undefined) return;
    const url = locationOf(href, this.#base);
    if (url === undefined) this.#refused++;
    else (isFeed ? entry.locations : entry.alternates).push(url);
    if (entry.locations.length + entry.alternates.length > MAX_HELD) this.#give(entry);
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
      // Some write the location into the entry, without a `loc`.
      const url = locationOf(value, this.#base);
      if (url !== undefined) entry.locations.push(url);
      if (entry.locations.length > MAX_HELD) this.#give(entry);
    }
  }

  #close(prefix: string, name: string): void {
    const entry = this.#entry;
    if (entry !== undefined && name === entry.name && this.#prefixes.has(prefix)) {
      this.#give(entry);
      if (!entry.given) this.#refused++;
      this.#entry = undefined;
    } else if (entry !== undefined) entry.depth = Math.max(entry.depth - 1, 0);
    if (this.#root?.name === name && this.#root.prefix === prefix) this.#root.isOpen = false;
  }

  /** Gives away what the entry has so far. */
  #give(entry: Entry): void {
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

const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/**
 * Character data with its entities replaced: the five of XML and the numeric ones. Others are left as they are written, such as the `&copy;` of a URL whose ampersands were not escaped, unless
 * `dropUnknown` says that a DTD may have declared them: they have no value then.
 */
function withoutEntities(text: string, dropUnknown: boolean): string {
  if (!text.includes('&')) return text;
  return text.replace(/&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|([A-Za-z_][\w.-]{0,31}));/g, (written, decimal, hexadecimal, name) => {
    if (name !== undefined) return NAMED[name] ?? (dropUnknown ? '' : written);
    const code = decimal === undefined ? Number.parseInt(hexadecimal, 16) : Number(decimal);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : '';
  });
}

/** The attributes of a tag, by their names in lower case as they are written, prefix and all. Linear, also where quotes are missing. */
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

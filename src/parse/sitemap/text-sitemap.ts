import { locationOf, MAX_LOCATION_CHARS, type SitemapItem, type SitemapParser } from './sitemap-item.ts';

/**
 * A sitemap that is a list with one absolute URL per line. Blank lines and `#` comments are ignored, and other lines
 * are refused.
 */
export class TextSitemap implements SitemapParser {
  #refused = 0;
  #items = 0;
  #rest = '';

  get refused(): number {
    return this.#refused;
  }

  get problem(): 'not-a-sitemap' | undefined {
    return this.#items === 0 && this.#refused > 0 ? 'not-a-sitemap' : undefined;
  }

  read(piece: string): SitemapItem[] {
    const lines = (this.#rest + piece).split(/\r\n|[\r\n]/);
    // Keep one character more than allowed, so that the line still counts as too long.
    this.#rest = (lines.pop() ?? '').slice(0, MAX_LOCATION_CHARS + 1);
    return lines.flatMap((line) => this.#item(line));
  }

  end(): SitemapItem[] {
    return this.#item(this.#rest);
  }

  #item(line: string): SitemapItem[] {
    const text = line.trim();
    if (text === '' || text.startsWith('#')) return [];
    const url = /^https?:\/\//i.test(text) ? locationOf(text, text) : undefined;
    if (url === undefined) {
      this.#refused++;
      return [];
    }
    this.#items++;
    return [{ kind: 'url', url }];
  }
}

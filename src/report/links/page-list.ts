/** So many pages are kept of each link, of however many there are. */
const MAX_PAGES = 100;

/** Pages on which a link stands: the first of them, and how many there are. */
export class PageList {
  readonly pages: string[] = [];
  total = 0;

  /** Counts one more page. Each is to be added once. */
  add(page: string): void {
    this.total++;
    if (this.pages.length < MAX_PAGES) this.pages.push(page);
  }
}

/** Pages as they are shown: some of them, and how many are not. */
export interface ShownPages {
  pages: readonly string[];
  more: number;
}

/** At most so many of them. */
export function firstPages({ pages, total }: Readonly<Pick<PageList, 'pages' | 'total'>>, most: number): ShownPages {
  const shown = pages.slice(0, most);
  return { pages: shown, more: total - shown.length };
}

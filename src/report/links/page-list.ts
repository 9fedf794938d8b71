/** Pages kept for each link. All are counted. */
const MAX_PAGES = 100;

/** The pages that have a link: the first `MAX_PAGES`, and the number of all. */
export class PageList {
  readonly pages: string[] = [];
  total = 0;

  /** Counts one more page. Add each page only once. */
  add(page: string): void {
    this.total++;
    if (this.pages.length < MAX_PAGES) this.pages.push(page);
  }
}

/** The pages that are shown, and the number of those that are not. */
export interface ShownPages {
  pages: readonly string[];
  more: number;
}

/** The first `most` pages. */
export function firstPages({ pages, total }: Readonly<Pick<PageList, 'pages' | 'total'>>, most: number): ShownPages {
  const shown = pages.slice(0, most);
  return { pages: shown, more: total - shown.length };
}

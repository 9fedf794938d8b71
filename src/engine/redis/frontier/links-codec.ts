import type { Entry } from '../../../model/entry.ts';
import { pageKey } from '../../rules/revisit.ts';
import { differInPathOnly, packLink, packPath } from './wire-format.ts';

/** Links of a page on their way to the settle script, or a part of them. */
export interface PageLinks {
  entries: readonly Entry[];
  leftOut: Readonly<Record<string, number>>;
  /** More come, and the page's entry stays held. */
  isPart?: true;
  /** Of the last part: the depth of the page from which the earlier ones were pushed. */
  partsDepth?: number;
}

/** The links of a page as one text, as `scripts/links.ts` reads it. */
export function packLinks(page: Entry, { entries, leftOut, isPart, partsDepth }: PageLinks): string {
  let text = `${pageKey(page)} ${page.depth} ${isPart ? 'part' : 'last'} ${partsDepth ?? ''}`;
  for (const reason of Object.keys(leftOut)) text += ` ${reason} ${leftOut[reason]}`;
  let before: Entry | undefined;
  for (const link of entries) {
    if (before === undefined || !differInPathOnly(before, link)) {
      const { head, tail } = packLink(link);
      text += `\n${link.external ? 'x' : 'o'}${link.origin}\t${link.depth}\t${head}\t${tail}`;
      before = link;
    }
    text += `\n${link.key} ${packPath(link)}`;
  }
  return text;
}

import { cssUrls } from './css-urls.ts';
import type { WrittenLinks } from './written-links.ts';

/** Among so many URLs it pauses once. */
const URLS_IN_A_SLICE = 1_024;

/** Gathers the links of a style sheet, pausing now and then. */
export function* styleSheetLinks(css: string, written: WrittenLinks): Generator<void> {
  if (!written.reading.resources) return;
  let count = 0;
  for (const url of cssUrls(css)) {
    if (url === '' || ++count % URLS_IN_A_SLICE === 0) yield;
    written.style(url);
  }
}

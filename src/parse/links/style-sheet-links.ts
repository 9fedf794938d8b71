import { cssUrls } from './css-urls.ts';
import { LineCounter } from './line-counter.ts';
import type { WrittenLinks } from './written-links.ts';

/** Among so many URLs it pauses once. */
const URLS_IN_A_SLICE = 1_024;

/**
 * Gathers the links of a style sheet, pausing now and then.
 *
 * @param firstLine that in which it begins, where lines are wanted
 */
export function* styleSheetLinks(css: string, written: WrittenLinks, firstLine?: number): Generator<void> {
  if (!written.reading.resources) return;
  const place = { at: 0 };
  const lines = firstLine === undefined ? undefined : new LineCounter(css);
  let count = 0;
  for (const url of cssUrls(css, place)) {
    if (url === '' || ++count % URLS_IN_A_SLICE === 0) yield;
    if (lines !== undefined && firstLine !== undefined) written.line = firstLine + lines.at(place.at) - 1;
    written.style(url);
  }
}

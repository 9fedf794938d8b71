import type { DocumentKind } from './document-kind.ts';
import { decoded } from './link-target.ts';

/** What GitHub puts before the ids of a document that it shows. */
const USER_CONTENT = /^user-content-/;
/** Lines of a file that GitHub shows as its source. */
const LINES = /^L\d+(?:C\d+)?(?:-L?\d+(?:C\d+)?)?$/;

/** Lines of a source that is shown as HTML, as rustdoc links to them. */
const RANGE = /^(\d+)-(\d+)$/;

/**
 * Whether a fragment points at something: nothing and `top` do in every document (HTML Standard, "find a potential indicated element"), ids as they are written, then percent-decoded.
 * In Markdown case does not count, as its anchors are made by whoever shows it.
 */
export function hasAnchor(anchors: ReadonlySet<string>, fragment: string, kind: DocumentKind): boolean {
  const name = decoded(fragment);
  if (name === '' || name.toLowerCase() === 'top' || anchors.has(fragment) || anchors.has(name)) return true;
  if (kind === 'html') return isRange(name, anchors);
  const plain = name.replace(USER_CONTENT, '');
  if (anchors.has(plain) || LINES.test(name)) return true;
  const lower = plain.toLowerCase();
  for (const anchor of anchors) if (anchor.toLowerCase() === lower) return true;
  return false;
}

function isRange(name: string, anchors: ReadonlySet<string>): boolean {
  const [, first, last] = RANGE.exec(name) ?? [];
  return first !== undefined && last !== undefined && anchors.has(first) && anchors.has(last);
}

import { fragmentName, idsForName, withoutUserContent } from '../../model/url/fragment-name.ts';
import type { Anchors } from './known-anchors.ts';

/** Whether a fragment points at something in a document. Case does not count in Markdown: whoever shows it makes its anchors. */
export function hasAnchor(anchors: Anchors, fragment: string): boolean {
  const name = fragmentName(fragment);
  if (name === undefined) return true;
  for (const id of idsForName(name)) {
    if (anchors.names.has(id)) return true;
    if (anchors.kind === 'markdown' && anchors.lowerNames.has(withoutUserContent(id).toLowerCase())) return true;
  }
  return false;
}

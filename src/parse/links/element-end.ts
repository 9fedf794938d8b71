const VOID = /^(?:area|base|br|col|embed|hr|img|input|link|meta|source|track|wbr)$/;

/**
 * Where an element ends: behind its end tag, with elements of the same name counted, or at the end of the text. Tags in comments and scripts count like others.
 *
 * @param start of its start tag
 * @param tagEnd where that tag ends
 */
export function elementEnd(text: string, start: number, tagEnd: number): number {
  const name = /^<([a-z][a-z0-9:-]*)/i.exec(text.slice(start, Math.min(tagEnd, start + 100)))?.[1]?.toLowerCase();
  if (name === undefined || VOID.test(name)) return tagEnd;
  const tag = new RegExp(`<(/?)${name}(?=[\\t\\n\\f\\r />])`, 'gi');
  tag.lastIndex = tagEnd;
  for (let depth = 1, match = tag.exec(text); match !== null; match = tag.exec(text)) {
    // A paragraph holds no other: its end tag may be missing.
    if (name === 'p') return match.index;
    depth += match[1] === '' ? 1 : -1;
    if (depth === 0) return match.index;
  }
  return text.length;
}

import { decodeText } from './character-references.ts';

/** Longer than any URL, and what is decoded at once is bounded. A style sheet may be longer. */
const MOST_CHARACTERS = 1_048_576;

/** The text that stands between two tags of XML: without comments, character data as it is, references decoded, those of HTML too because feeds use them. */
export function xmlText(markup: string): string {
  const source = markup.slice(0, MOST_CHARACTERS);
  const parts: string[] = [];
  let at = 0;
  while (at < source.length) {
    const open = source.indexOf('<!', at);
    const text = source.slice(at, open === -1 ? undefined : open);
    parts.push(text.includes('&') ? decodeText(text) : text);
    if (open === -1) break;
    const isData = source.startsWith('<![CDATA[', open);
    const end = source.indexOf(isData ? ']]>' : '-->', open);
    const close = end === -1 ? source.length : end;
    if (isData) parts.push(source.slice(open + '<![CDATA['.length, close));
    at = close + ']]>'.length;
  }
  return parts.join('');
}

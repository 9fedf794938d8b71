/**
 * Elements whose content a browser treats as text. GitHub shows their tags as text instead (GFM 6.11), so that a tag
 * that is only mentioned does not swallow what follows.
 */
const RAW = 'title|textarea|style|xmp|noembed|noframes|script|plaintext';
const RAW_TAG = new RegExp(`^</?(?:${RAW})\\b`, 'i');
const RAW_OPENING = new RegExp(`<(${RAW})\\b`, 'gi');
const RAW_BLOCK = /^\s*<(?:script|style|textarea)\b/i;

// The repetitions are bounded, so that unclosed tags do not cause quadratic searching.
const HEADING = /<h([1-6])\b[^>]{0,1000}>((?:[^<]|<(?!\/?h[1-6]\b)){0,10000})<\/h\1\s*>/gi;
const TAG_OR_COMMENT = /<!--[\s\S]*?-->|<[^<>]*>/g;
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', nbsp: '\u00a0', '#39': "'" };

/**
 * Makes a block of HTML safe to concatenate with other HTML of its document: removes script blocks, and neutralises
 * unclosed raw-text elements. Lines are kept.
 */
export function embeddedHtml(block: string): string {
  if (RAW_BLOCK.test(block)) return block.replace(/[^\n]+/g, '');
  const lower = block.toLowerCase();
  const lastEnds = new Map<string, number>();
  return block.replace(RAW_OPENING, (tag, name: string, at: number) => {
    const key = name.toLowerCase();
    const lastEnd = lastEnds.get(key) ?? lower.lastIndexOf(`</${key}`);
    lastEnds.set(key, lastEnd);
    return lastEnd > at ? tag : ` ${name}`;
  });
}

/** Parts of a block of HTML that are verbatim or invisible. Bounded like `HEADING`. */
const NOT_TEXT =
  /<(pre|code|script|style|textarea|samp|kbd|svg|math)\b(?:[^<]|<(?!\/\1\b)){0,10000}<\/\1\s*>|<!--(?:[^-]|-(?!->)){0,10000}-->/gi;
const VERBATIM_BLOCK = /^\s*<(?:[!?]|(?:script|style|textarea|pre)\b)/i;

/**
 * The text of a block of HTML that may be Markdown, on its original lines. Some renderers parse it, such as
 * Python-Markdown and kramdown.
 */
export function markdownInHtml(block: string): string {
  if (VERBATIM_BLOCK.test(block) || !block.includes('](')) return '';
  return block.replace(NOT_TEXT, (part) => part.replace(/[^\n]+/g, ''));
}

/** The same for one tag in inline text. */
export function inlineHtml(tag: string): string {
  return RAW_TAG.test(tag) ? '' : tag;
}

/** The texts of the headings in a block of HTML. */
export function htmlHeadings(block: string): string[] {
  return Array.from(block.matchAll(HEADING), ([, , content = '']) =>
    content
      .replace(TAG_OR_COMMENT, '')
      .replace(/&(#39|[a-z]+);/g, (entity, name: string) => ENTITIES[name] ?? entity)
      .replace(/\s+/g, ' ')
      .trim(),
  );
}

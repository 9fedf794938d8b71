import type { MarkdownIt, StateBlock, StateInline } from 'markdown-it';

const DOLLAR = 0x24;
const BACKSLASH = 0x5c;

/**
 * Makes the parser skip math between dollar signs, like GitHub: text in a formula that looks like a link is not a link.
 */
export function addMath({ inline, block }: MarkdownIt): void {
  inline.ruler.after('escape', 'math', inlineMath);
  block.ruler.after('blockquote', 'math', blockMath, { alt: ['paragraph', 'reference', 'blockquote', 'list'] });
}

/** For texts without a further closing dollar, the position from which there is none, so that each is searched once. */
const NO_CLOSING_FROM = new WeakMap<StateInline, number>();

/**
 * Parses `$…$` within a line, and `$$…$$`. As in GitHub and Pandoc, an opening `$` has no space after it and no letter
 * or digit before it; a closing `$` has no space before it and no letter or digit after it. So prices and shell
 * variables remain text.
 */
function inlineMath(state: StateInline, silent: boolean): boolean {
  const { src, pos, posMax } = state;
  if (src.charCodeAt(pos) !== DOLLAR || pos >= (NO_CLOSING_FROM.get(state) ?? Number.POSITIVE_INFINITY)) return false;
  const fence = src.charCodeAt(pos + 1) === DOLLAR ? '$$' : '$';
  const start = pos + fence.length;
  if (fence === '$' && (isWord(src.charAt(pos - 1)) || isSpace(src.charAt(start)))) return false;
  const end = closingDollar(src, fence, start);
  if (end === -1) NO_CLOSING_FROM.set(state, pos);
  if (end === -1 || end + fence.length > posMax) return false;
  const content = src.slice(start, end);
  const isClosed = fence === '$$' || !(isSpace(src.charAt(end - 1)) || isWord(src.charAt(end + 1)) || content.includes('\n'));
  if (!isClosed || hasCodeSpan(content)) return skipDollars(state, silent, fence);
  if (!silent) state.push('math_inline', 'math', 0).content = content;
  state.pos = end + fence.length;
  return true;
}

/** The position of the next equal fence; one after a backslash is escaped. Returns -1 if there is none. */
function closingDollar(src: string, fence: string, from: number): number {
  let at = src.indexOf(fence, from);
  while (at !== -1 && src.charCodeAt(at - 1) === BACKSLASH) at = src.indexOf(fence, at + fence.length);
  return at;
}

function isWord(character: string): boolean {
  return /[\p{L}\p{N}]/u.test(character);
}

function isSpace(character: string): boolean {
  return character === '' || /\s/.test(character);
}

function skipDollars(state: StateInline, silent: boolean, dollars: string): boolean {
  if (!silent) state.pending += dollars;
  state.pos += dollars.length;
  return true;
}

/**
 * True if there is code inside the formula. A formula that consists of one code span is GitHub's protected form: $`…`$.
 */
function hasCodeSpan(content: string): boolean {
  return content.includes('`') && !/^`[^`]*`$/.test(content);
}

/** Parses a block from `$$` on a line of its own to the next such line. */
function blockMath(state: StateBlock, startLine: number, endLine: number, silent: boolean): boolean {
  const isFence = (line: number) => {
    const start = (state.bMarks[line] ?? 0) + (state.tShift[line] ?? 0);
    return state.src.slice(start, state.eMarks[line]).trim() === '$$';
  };
  if ((state.sCount[startLine] ?? 0) - state.blkIndent >= 4 || !isFence(startLine)) return false;
  const env = state.env as { mathEnd?: number };
  // An earlier search from `mathEnd` found no closing line, so there is none from here either.
  if (env.mathEnd !== undefined && startLine >= env.mathEnd) return false;
  for (let line = startLine + 1; line < endLine && (state.sCount[line] ?? 0) >= state.blkIndent; line++) {
    if (!isFence(line)) continue;
    if (silent) return true;
    const token = state.push('math_block', 'math', 0);
    token.map = [startLine, line + 1];
    state.line = line + 1;
    return true;
  }
  env.mathEnd = startLine;
  return false;
}

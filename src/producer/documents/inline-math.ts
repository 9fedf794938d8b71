import type { MarkdownIt, StateBlock, StateInline } from 'markdown-it';

const DOLLAR = 0x24;
const BACKSLASH = 0x5c;

/** Lets the parser pass over math between dollar signs, as GitHub shows it: what looks like a link in a formula is none. */
export function addMath({ inline, block }: MarkdownIt): void {
  inline.ruler.after('escape', 'math', inlineMath);
  block.ruler.after('blockquote', 'math', blockMath, { alt: ['paragraph', 'reference', 'blockquote', 'list'] });
}

/** Texts in which no further dollar was found, and from where, so that each is looked through once. */
const WITHOUT_END = new WeakMap<StateInline, number>();

/**
 * `$…$` within a line, and `$$…$$`. As at GitHub and in Pandoc, the dollar that opens `$…$` has no space behind it and no letter or digit before it; the one that closes it has no space before it and
 * no letter or digit behind it. So prices and shell variables are text.
 */
function inlineMath(state: StateInline, silent: boolean): boolean {
  const { src, pos, posMax } = state;
  if (src.charCodeAt(pos) !== DOLLAR || pos >= (WITHOUT_END.get(state) ?? Number.POSITIVE_INFINITY)) return false;
  const fence = src.charCodeAt(pos + 1) === DOLLAR ? '$$' : '$';
  const start = pos + fence.length;
  if (fence === '$' && (isWord(src.charAt(pos - 1)) || isSpace(src.charAt(start)))) return false;
  const end = closingDollar(src, fence, start);
  if (end === -1) WITHOUT_END.set(state, pos);
  if (end === -1 || end + fence.length > posMax) return false;
  const content = src.slice(start, end);
  const isClosed = fence === '$$' || !(isSpace(src.charAt(end - 1)) || isWord(src.charAt(end + 1)) || content.includes('\n'));
  if (!isClosed || hasCodeSpan(content)) return passDollars(state, silent, fence);
  if (!silent) state.push('math_inline', 'math', 0).content = content;
  state.pos = end + fence.length;
  return true;
}

/** The next dollars of the same kind; those behind a backslash are escaped. */
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

function passDollars(state: StateInline, silent: boolean, dollars: string): boolean {
  if (!silent) state.pending += dollars;
  state.pos += dollars.length;
  return true;
}

/** Code within the formula, other than code that is all of it, which is how GitHub protects a formula: $`…`$. */
function hasCodeSpan(content: string): boolean {
  return content.includes('`') && !/^`[^`]*`$/.test(content);
}

/** `$$` on a line of its own, up to the next such line. */
function blockMath(state: StateBlock, startLine: number, endLine: number, silent: boolean): boolean {
  const isFence = (line: number) => {
    const start = (state.bMarks[line] ?? 0) + (state.tShift[line] ?? 0);
    return state.src.slice(start, state.eMarks[line]).trim() === '$$';
  };
  if ((state.sCount[startLine] ?? 0) - state.blkIndent >= 4 || !isFence(startLine)) return false;
  const env = state.env as { mathEnd?: number };
  // Nothing is found behind a place where nothing was found.
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

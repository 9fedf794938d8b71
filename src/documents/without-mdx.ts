const OPENING = '{/*';
const CLOSING = '*/}';
const ATTRIBUTE_EXPRESSION = /=\{[^{}<>]*\}/g;

/** MDX as Markdown: comments are blanked, and attributes that are computed are empty. Its other expressions are text, its components HTML. */
export function withoutMdx(text: string): string {
  let plain = '';
  let end = 0;
  for (let start = text.indexOf(OPENING); start !== -1; start = text.indexOf(OPENING, end)) {
    const closing = text.indexOf(CLOSING, start);
    if (closing === -1) break;
    plain += text.slice(end, start) + text.slice(start, closing).replace(/[^\n]+/g, '');
    end = closing + CLOSING.length;
  }
  return (plain + text.slice(end)).replace(ATTRIBUTE_EXPRESSION, '=""');
}

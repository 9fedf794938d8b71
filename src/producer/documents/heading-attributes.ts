/** Attributes in braces, as Pandoc, kramdown, Python-Markdown, MyST and Hugo write them. Doubled braces are templates. */
const BRACES = /(?<!\{)\{([^{}\n]*)\}(?!\})/g;
const AT_END = /(?<!\{)\{([^{}\n]*)\}[ \t]*$/;
/** `#id`, `.class`, `name=value` or, of Pandoc, `-` for a heading without a number. */
const ATTRIBUTE = /^(?:#([^\s{}#."'=]\S*)|\.[^\s{}]+|-|([\w:-]+)=(?:"([^"]*)"|'([^']*)'|([^\s"'{}]*)))(?:\s+|$)/;
/** A target of MyST, on a line of its own: it names what follows. */
const TARGET = /^\(([^()\n]+)\)=[ \t]*$/gm;

/** The ids that attributes in some text give, wherever they stand. */
export function idsInText(text: string): string[] {
  const ids: string[] = [];
  if (text.includes('{')) for (const [, attributes = ''] of text.matchAll(BRACES)) ids.push(...(idsOf(attributes) ?? []));
  if (text.includes(')=')) for (const [, name = ''] of text.matchAll(TARGET)) ids.push(name.trim());
  return ids;
}

/** The text of a heading without the attributes at its end. Braces with anything else are part of the text. */
export function withoutAttributes(text: string): string {
  const match = AT_END.exec(text);
  return match?.[1] === undefined || idsOf(match[1]) === undefined ? text : text.slice(0, match.index).trimEnd();
}

/** The ids among attributes, which is what braces hold; undefined if they are not attributes. */
export function idsOf(attributes: string): string[] | undefined {
  const ids: string[] = [];
  let rest = attributes.replace(/^:/, '').trim();
  if (rest === '') return undefined;
  while (rest !== '') {
    const match = ATTRIBUTE.exec(rest);
    if (match === null) return undefined;
    const [whole, id, name, ...values] = match;
    if (id !== undefined) ids.push(id);
    else if (name === 'id') ids.push(values.find((value) => value !== undefined) ?? '');
    rest = rest.slice(whole.length);
  }
  return ids;
}

/**
 * Characters that GitHub removes from an anchor: all but letters, marks, digits, connectors and joiners (UTS 18, `\w`),
 * `-` and spaces.
 */
const DROPPED = /[^\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}\- ]/gu;
/** GitHub lower-cases these two letters independently of their context, unlike JavaScript. */
const LOWER: Readonly<Record<string, string>> = { Σ: 'σ', İ: 'i' };

/** Makes the anchors of a document's headings like GitHub. */
export class HeadingSlugs {
  readonly #taken = new Map<string, number>();

  /** Returns the anchor of the next heading, given its text without markup. */
  add(text: string): string {
    const slug = headingSlug(text);
    let unique = slug;
    for (let count = this.#taken.get(slug) ?? 0; this.#taken.has(unique); ) {
      count++;
      this.#taken.set(slug, count);
      unique = `${slug}-${count}`;
    }
    this.#taken.set(unique, 0);
    return unique;
  }
}

/**
 * The slug of a heading: lower case, without punctuation, with dashes for spaces. The short name of an emoji, such as
 * `:tada:`, becomes a word; an emoji itself is removed.
 */
export function headingSlug(text: string): string {
  return text
    .replace(/[Σİ]/g, (letter) => LOWER[letter] ?? letter)
    .toLowerCase()
    .replace(DROPPED, '')
    .replaceAll(' ', '-');
}

/**
 * Attributes in braces, the syntax of Pandoc, kramdown, Python-Markdown, MyST and Hugo. Double braces are templates.
 */
const BRACES = /(?<!\{)\{([^{}\n]*)\}(?!\})/g;
const AT_END = /(?<!\{)\{([^{}\n]*)\}[ \t]*$/;
/** `#id`, `.class`, `name=value` or, in Pandoc, `-` for a heading without a number. */
const ATTRIBUTE = /^(?:#([^\s{}#."'=]\S*)|\.[^\s{}]+|-|([\w:-]+)=(?:"([^"]*)"|'([^']*)'|([^\s"'{}]*)))(?:\s+|$)/;
/** A MyST target on a line of its own, which names the element after it. */
const TARGET = /^\(([^()\n]+)\)=[ \t]*$/gm;

/** All ids that attributes and MyST targets in a text define. */
export function idsInText(text: string): string[] {
  const ids: string[] = [];
  if (text.includes('{')) for (const [, attributes = ''] of text.matchAll(BRACES)) ids.push(...(idsOf(attributes) ?? []));
  if (text.includes(')=')) for (const [, name = ''] of text.matchAll(TARGET)) ids.push(name.trim());
  return ids;
}

/** The text of a heading without the attributes at its end. Braces with other contents are part of the text. */
export function withoutAttributes(text: string): string {
  const match = AT_END.exec(text);
  return match?.[1] === undefined || idsOf(match[1]) === undefined ? text : text.slice(0, match.index).trimEnd();
}

/** The ids in a list of attributes (the contents of braces); undefined if the text is not a list of attributes. */
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

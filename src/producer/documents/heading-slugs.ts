/** What GitHub leaves out of an anchor: all but letters, marks, digits, connectors and joiners (UTS 18, `\w`), `-` and spaces. */
const DROPPED = /[^\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}\- ]/gu;
/** To GitHub these two have one lower case each, wherever they stand. */
const LOWER: Readonly<Record<string, string>> = { Σ: 'σ', İ: 'i' };

/** The anchors of a document's headings, as GitHub makes them. */
export class HeadingSlugs {
  readonly #taken = new Map<string, number>();

  /** The anchor of the next heading, by its text without markup. */
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

/** Lower case, without punctuation, spaces as dashes. An emoji's short name, as `:tada:`, stays as a word; the emoji itself goes. */
export function headingSlug(text: string): string {
  return text
    .replace(/[Σİ]/g, (letter) => LOWER[letter] ?? letter)
    .toLowerCase()
    .replace(DROPPED, '')
    .replaceAll(' ', '-');
}

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

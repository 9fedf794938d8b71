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

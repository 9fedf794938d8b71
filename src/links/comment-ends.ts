/**
 * Where the comments of a text end (HTML Standard, 13.2.5.43 to 52): at `-->` or `--!>`, also where that begins within `<!--`. Each end that was found is kept
 * until the reading has passed it: to look for both anew at each comment would take the square of the length where one of them never comes.
 */
export class CommentEnds {
  readonly #text: string;
  #plain = -2;
  #bang = -2;

  constructor(text: string) {
    this.#text = text;
  }

  /** Where what follows the comment that begins at `open` begins. `--!>` is no end in XML. */
  after(open: number, xml: boolean): number {
    const [plainFrom, bangFrom] = [open + (xml ? 4 : 2), open + 4];
    if (this.#plain !== -1 && this.#plain < plainFrom) this.#plain = this.#text.indexOf('-->', plainFrom);
    if (this.#bang !== -1 && this.#bang < bangFrom && !xml) this.#bang = this.#text.indexOf('--!>', bangFrom);
    const [plain, bang] = [this.#plain, xml ? -1 : this.#bang];
    if (plain === -1 && bang === -1) return this.#text.length;
    return bang === -1 || (plain !== -1 && plain < bang) ? plain + 3 : bang + 4;
  }
}

/** Lines of ascending positions in a text, from 1. */
export class LineCounter {
  readonly #text: string;
  #line = 1;
  #nextLine: number;

  constructor(text: string) {
    this.#text = text;
    this.#nextLine = text.indexOf('\n');
  }

  /** @param position not before the one that was asked for last */
  at(position: number): number {
    while (this.#nextLine !== -1 && this.#nextLine < position) {
      this.#line++;
      this.#nextLine = this.#text.indexOf('\n', this.#nextLine + 1);
    }
    return this.#line;
  }
}

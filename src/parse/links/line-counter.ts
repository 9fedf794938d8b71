/** Line numbers of ascending positions in a text, counted from 1. */
export class LineCounter {
  readonly #text: string;
  #line = 1;
  #nextLine: number;

  constructor(text: string) {
    this.#text = text;
    this.#nextLine = text.indexOf('\n');
  }

  /**
   * The line of a position.
   *
   * @param position not smaller than in the previous call
   */
  at(position: number): number {
    while (this.#nextLine !== -1 && this.#nextLine < position) {
      this.#line++;
      this.#nextLine = this.#text.indexOf('\n', this.#nextLine + 1);
    }
    return this.#line;
  }
}

const ERASE_LINE = '\r\x1b[2K';

/** The last line of a terminal, rewritten in place. What else goes to the same terminal goes through `print`, which keeps it above. */
export class StatusLine {
  readonly #write: (text: string) => void;
  #shown = '';

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  /** Puts the text in place of the one before. It must fit the width of the terminal. */
  show(text: string): void {
    if (text === this.#shown) return;
    this.#write(`${ERASE_LINE}${text}`);
    this.#shown = text;
  }

  /** Leaves nothing behind. */
  clear(): void {
    if (this.#shown !== '') this.#write(ERASE_LINE);
    this.#shown = '';
  }

  /** Writes whole lines. */
  print(lines: string): void {
    this.#write(this.#shown === '' ? lines : `${ERASE_LINE}${lines}${this.#shown}`);
  }
}

const ERASE_LINE = '\r\x1b[2K';
const ERASE_LINE_ABOVE = '\x1b[1A\x1b[2K';

/** The last lines of a terminal, one or a few, rewritten in place. What else goes to the same terminal goes through `print`, which keeps them below. */
export class StatusLine {
  readonly #write: (text: string) => void;
  #shown = '';

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  /** Puts the text in place of the one before. Its lines must fit the width of the terminal, and all of them its height. */
  show(text: string): void {
    if (text === this.#shown) return;
    this.#write(`${this.#erase()}${text}`);
    this.#shown = text;
  }

  /** Leaves nothing behind. */
  clear(): void {
    if (this.#shown !== '') this.#write(this.#erase());
    this.#shown = '';
  }

  /** Writes whole lines. */
  print(lines: string): void {
    this.#write(this.#shown === '' ? lines : `${this.#erase()}${lines}${this.#shown}`);
  }

  #erase(): string {
    return ERASE_LINE + ERASE_LINE_ABOVE.repeat(this.#shown.split('\n').length - 1);
  }
}

const ERASE_LINE = '\r\x1b[2K';
const ERASE_LINE_ABOVE = '\x1b[1A\x1b[2K';

/** One or more lines at the bottom of a terminal that are rewritten in place. All other output to the same terminal must go through `print`, which puts it above these lines. */
export class StatusLine {
  readonly #write: (text: string) => void;
  #shown = '';

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  /** Replaces the shown text. The new text must fit the width and the height of the terminal. */
  show(text: string): void {
    if (text === this.#shown) return;
    this.#write(`${this.#erase()}${text}`);
    this.#shown = text;
  }

  /** Removes the shown text. */
  clear(): void {
    if (this.#shown !== '') this.#write(this.#erase());
    this.#shown = '';
  }

  /** Writes whole lines above the shown text. */
  print(lines: string): void {
    this.#write(this.#shown === '' ? lines : `${this.#erase()}${lines}${this.#shown}`);
  }

  #erase(): string {
    return ERASE_LINE + ERASE_LINE_ABOVE.repeat(this.#shown.split('\n').length - 1);
  }
}

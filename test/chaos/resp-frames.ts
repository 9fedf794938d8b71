const CR_LF_BYTES = 2;
const LINE_END = 0x0a;
/** No command name or script text is longer. */
const LONGEST_WORD = 40_000;

/** A whole command, or a whole reply. */
export interface Frame {
  /** Where it ends in the chunk that completed it. */
  end: number;
  /** Its first bulk strings, if they are short: the name and first argument of a command. */
  words: string[];
}

/** Splits one direction of a Redis connection into commands or replies, wherever the chunks are split. */
export class RespFrames {
  /** Values missing until the frame is whole. */
  #missing = 1;
  /** Bytes of a bulk string still missing, including the line end. */
  #bulkLeft = 0;
  #line = '';
  #word: string | undefined;
  #words: string[] = [];

  feed(chunk: Buffer): Frame[] {
    const frames: Frame[] = [];
    for (let at = 0; at < chunk.length; ) {
      if (this.#bulkLeft > 0) {
        const taken = Math.min(this.#bulkLeft, chunk.length - at);
        if (this.#word !== undefined) this.#word += chunk.toString('latin1', at, at + taken);
        this.#bulkLeft -= taken;
        at += taken;
        if (this.#bulkLeft > 0) break;
        if (this.#word !== undefined) this.#words.push(this.#word.slice(0, -CR_LF_BYTES));
        this.#word = undefined;
        this.#missing--;
      } else {
        const end = chunk.indexOf(LINE_END, at);
        this.#line += chunk.toString('latin1', at, end === -1 ? chunk.length : end + 1);
        if (end === -1) break;
        at = end + 1;
        this.#takeLine(this.#line);
        this.#line = '';
      }
      if (this.#missing === 0) {
        frames.push({ end: at, words: this.#words });
        this.#missing = 1;
        this.#words = [];
      }
    }
    return frames;
  }

  #takeLine(line: string): void {
    const size = Number(line.slice(1));
    if (line.startsWith('*')) {
      this.#missing += Math.max(0, size) - 1;
    } else if (line.startsWith('$') && size >= 0) {
      this.#bulkLeft = size + CR_LF_BYTES;
      if (this.#words.length < 2 && size <= LONGEST_WORD) this.#word = '';
    } else {
      this.#missing--;
    }
  }
}

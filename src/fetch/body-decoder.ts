import type { Duplex } from 'node:stream';
import { createDecoders } from './content-encoding.ts';

/** Who is told how decoding goes. Nothing comes after `decodingEnded`, `decodingFailed` or `destroy`. */
export interface DecodedBodySink {
  /** The next decoded bytes. */
  decoded(chunk: Buffer): void;
  decodingEnded(): void;
  decodingFailed(error: Error): void;
}

/**
 * Decodes a body as it streams in. It holds its window (`decoderWindowBytes`) and a few dozen kilobytes, however large the body is: a bomb is over when the
 * sink has had enough and destroys it.
 */
export class BodyDecoder {
  readonly #first: Duplex;
  readonly #last: Duplex;
  readonly #decoders: readonly Duplex[];
  readonly #sink: DecodedBodySink;
  #over = false;

  /** `encodings` as the server applied them, not empty; `firstOctet` of the body, which tells the two kinds of deflate apart. */
  constructor(encodings: readonly string[], firstOctet: number, sink: DecodedBodySink) {
    this.#sink = sink;
    this.#decoders = createDecoders(encodings, firstOctet);
    this.#first = this.#decoders[0] as Duplex;
    this.#last = this.#decoders.reduce((before, decoder) => before.pipe(decoder));
    for (const decoder of this.#decoders) decoder.on('error', (error) => this.#fail(error));
    this.#last.on('data', (chunk: Buffer) => this.#pass(chunk));
    this.#last.on('end', () => this.#end());
  }

  /** Takes the next bytes off the wire. False: wait for `onceDrained` before the next. */
  write(chunk: Buffer): boolean {
    return this.#over || this.#first.write(chunk);
  }

  onceDrained(resume: () => void): void {
    this.#first.once('drain', resume);
  }

  /** Decodes no further, until `resume`. */
  pause(): void {
    this.#last.pause();
  }

  resume(): void {
    this.#last.resume();
  }

  /** No more bytes will come. */
  end(): void {
    if (!this.#over) this.#first.end();
  }

  /** Stops at once; the sink hears nothing more. */
  destroy(): void {
    this.#over = true;
    for (const decoder of this.#decoders) decoder.destroy();
  }

  #pass(chunk: Buffer): void {
    if (!this.#over) this.#sink.decoded(chunk);
  }

  #end(): void {
    if (this.#over) return;
    this.destroy();
    this.#sink.decodingEnded();
  }

  #fail(error: Error): void {
    if (this.#over) return;
    this.destroy();
    this.#sink.decodingFailed(error);
  }
}

import type { Duplex } from 'node:stream';
import { type DecoderSink, GzipDecoder, type StreamDecoder } from '../../util/gzip-decoder.ts';
import { createDecoders } from './content-encoding.ts';

const NOTHING = Buffer.alloc(0);
/** The error code for input that ends too early. Node uses it for zlib, brotli and zstd. */
export const ENDED_EARLY = 'Z_BUF_ERROR';

/**
 * Creates a decoder that loses nothing of a body that ends too early or has bytes after the end of its encoding. It is
 * slower than Node's own decoders.
 */
export function createCarefulDecoder(encodings: readonly string[], firstByte: number, sink: DecoderSink): StreamDecoder {
  return isGzip(encodings) ? new GzipDecoder(sink) : new CarefulStreams(createDecoders(encodings, firstByte), sink);
}

export function isGzip([only, ...others]: readonly string[]): boolean {
  return others.length === 0 && (only === 'gzip' || only === 'x-gzip');
}

/** A chain of Node's own decoders. */
class CarefulStreams implements StreamDecoder {
  readonly #first: Duplex;
  readonly #last: Duplex;
  readonly #decoders: readonly Duplex[];
  readonly #sink: DecoderSink;
  #inputEnded = false;
  #outputEnded = false;
  #isCut = false;
  #over = false;

  constructor(decoders: readonly Duplex[], sink: DecoderSink) {
    this.#sink = sink;
    this.#decoders = decoders;
    this.#first = decoders[0] as Duplex;
    this.#last = decoders.reduce((before, decoder) => before.pipe(decoder));
    for (const [index, decoder] of decoders.entries()) decoder.on('error', (error) => this.#failed(error, decoders[index + 1]));
    this.#last.on('data', (chunk: Buffer) => {
      if (!this.#over) this.#sink.decoded(chunk);
    });
    this.#last.on('end', () => this.#endOutput());
  }

  write(chunk: Buffer): boolean {
    return this.#over || this.#outputEnded || this.#first.write(chunk);
  }

  onceDrained(resume: () => void): void {
    this.#first.once('drain', resume);
  }

  pause(): void {
    this.#last.pause();
  }

  resume(): void {
    this.#last.resume();
  }

  end(): void {
    this.#inputEnded = true;
    if (this.#over) return;
    if (this.#outputEnded) this.#finish();
    // End only after everything written so far is decoded: an error at the end would discard the last output.
    else this.#first.write(NOTHING, () => this.#first.end());
  }

  destroy(): void {
    this.#over = true;
    for (const decoder of this.#decoders) decoder.destroy();
  }

  /** The encoding may end before the body does. Only then is the response complete. */
  #endOutput(): void {
    this.#outputEnded = true;
    if (this.#inputEnded && !this.#over) this.#finish();
  }

  #finish(): void {
    this.destroy();
    this.#sink.decodingEnded(this.#isCut);
  }

  #failed(error: NodeJS.ErrnoException, next: Duplex | undefined): void {
    if (this.#over) return;
    if (error.code === ENDED_EARLY) {
      this.#isCut = true;
      if (next === undefined) this.#finish();
      else next.end();
      return;
    }
    this.destroy();
    this.#sink.decodingFailed(error);
  }
}

import type { Duplex } from 'node:stream';
import type { DecoderSink, StreamDecoder } from '../../util/gzip-decoder.ts';
import { createCarefulDecoder, ENDED_EARLY, isGzip } from './careful-decoder.ts';
import { createDecoders } from './content-encoding.ts';

/**
 * Creates a decoder.
 *
 * @param encodings in the order in which the server applied them, not empty
 * @param firstOctet first byte of the body, which distinguishes the two kinds of deflate
 */
export function createBodyDecoder(encodings: readonly string[], firstByte: number, sink: DecoderSink): StreamDecoder {
  return new FastDecoder(encodings, firstByte, sink);
}

/** Most bytes of an encoded body that are kept, to decode it again if the fast decoder fails. */
const MAX_RETAINED_BYTES = 262_144;

/**
 * A chain of Node's own decoders. When one fails, its last output is lost, and it also fails where a browser would not.
 * So a body that fails is decoded again from the start by the slower careful decoder, and the sink receives what it
 * does not have yet. If a body is too large for that, up to 16 KiB are lost, and it counts as truncated.
 */
class FastDecoder implements StreamDecoder {
  readonly #encodings: readonly string[];
  readonly #firstByte: number;
  readonly #sink: DecoderSink;
  readonly #decoders: readonly Duplex[];
  readonly #first: Duplex;
  readonly #last: Duplex;
  #kept: Buffer[] | undefined = [];
  #keptBytes = 0;
  #decodedBytes = 0;
  #careful: StreamDecoder | undefined;
  #onDrained: (() => void) | undefined;
  #paused = false;
  #inputEnded = false;
  /**
   * Set when the decoders have ended. The end of the encoding may come before the end of the body, and only then is the
   * response complete.
   */
  #outputEnd: { isCut: boolean } | undefined;
  #over = false;

  constructor(encodings: readonly string[], firstByte: number, sink: DecoderSink) {
    this.#encodings = encodings;
    this.#firstByte = firstByte;
    this.#sink = sink;
    this.#decoders = createDecoders(encodings, firstByte);
    this.#first = this.#decoders[0] as Duplex;
    this.#last = this.#decoders.reduce((before, decoder) => before.pipe(decoder));
    for (const decoder of this.#decoders) decoder.on('error', (error) => this.#failed(error));
    this.#last.on('data', (chunk: Buffer) => {
      if (this.#over || this.#careful !== undefined) return;
      this.#decodedBytes += chunk.length;
      this.#sink.decoded(chunk);
    });
    this.#last.on('end', () => this.#endOutput(false));
  }

  write(chunk: Buffer): boolean {
    if (this.#careful !== undefined) return this.#careful.write(chunk);
    if (this.#over || this.#outputEnd !== undefined) return true;
    this.#keep(chunk);
    return this.#first.write(chunk);
  }

  onceDrained(resume: () => void): void {
    if (this.#careful !== undefined) this.#careful.onceDrained(resume);
    else {
      this.#onDrained = resume;
      this.#first.once('drain', () => this.#drained());
    }
  }

  pause(): void {
    this.#paused = true;
    (this.#careful ?? this.#last).pause();
  }

  resume(): void {
    this.#paused = false;
    (this.#careful ?? this.#last).resume();
  }

  end(): void {
    this.#inputEnded = true;
    if (this.#careful !== undefined) this.#careful.end();
    else if (this.#outputEnd !== undefined) this.#finish(this.#outputEnd);
    else if (!this.#over) this.#first.end();
  }

  destroy(): void {
    this.#over = true;
    this.#careful?.destroy();
    for (const decoder of this.#decoders) decoder.destroy();
  }

  #keep(chunk: Buffer): void {
    this.#keptBytes += chunk.length;
    if (this.#keptBytes > MAX_RETAINED_BYTES) this.#kept = undefined;
    this.#kept?.push(chunk);
  }

  #drained(): void {
    const resume = this.#onDrained;
    this.#onDrained = undefined;
    resume?.();
  }

  #endOutput(isCut: boolean): void {
    if (this.#over || this.#careful !== undefined || this.#outputEnd !== undefined) return;
    this.#outputEnd = { isCut };
    if (this.#inputEnded) this.#finish(this.#outputEnd);
  }

  #finish({ isCut }: { isCut: boolean }): void {
    if (this.#over) return;
    this.destroy();
    this.#sink.decodingEnded(isCut);
  }

  #failed(error: NodeJS.ErrnoException): void {
    if (this.#over || this.#careful !== undefined || this.#outputEnd !== undefined) return;
    if (this.#kept !== undefined) this.#decodeCarefully(this.#kept);
    else if (error.code === ENDED_EARLY || (isGzip(this.#encodings) && error.message === NO_MEMBER)) this.#endOutput(true);
    else {
      this.destroy();
      this.#sink.decodingFailed(error);
      return;
    }
    // Resume the input, which may be waiting for the first decoder.
    this.#drained();
  }

  #decodeCarefully(kept: readonly Buffer[]): void {
    const careful = createCarefulDecoder(this.#encodings, this.#firstByte, skippingFirst(this.#sink, this.#decodedBytes));
    this.#careful = careful;
    this.#kept = undefined;
    for (const decoder of this.#decoders) decoder.destroy();
    if (this.#paused) careful.pause();
    for (const chunk of kept) careful.write(chunk);
    if (this.#inputEnded) careful.end();
  }
}

/** zlib's message for bytes after a member that are not another member. */
const NO_MEMBER = 'incorrect header check';

/** A sink that drops the first bytes, which `sink` already has. */
function skippingFirst(sink: DecoderSink, skipBytes: number): DecoderSink {
  let leftBytes = skipBytes;
  return {
    decoded: (chunk) => {
      const skipped = Math.min(leftBytes, chunk.length);
      leftBytes -= skipped;
      if (skipped < chunk.length) sink.decoded(chunk.subarray(skipped));
    },
    decodingEnded: (isCut) => sink.decodingEnded(isCut),
    decodingFailed: (error) => sink.decodingFailed(error),
  };
}

import type { Duplex } from 'node:stream';
import { createCarefulDecoder, ENDED_EARLY, isGzip } from './careful-decoder.ts';
import { type BodyDecoder, createDecoders, type DecodedBodySink } from './content-encoding.ts';

/** `encodings` as the server applied them, not empty; `firstOctet` of the body, which tells the two kinds of deflate apart. */
export function createBodyDecoder(encodings: readonly string[], firstOctet: number, sink: DecodedBodySink): BodyDecoder {
  return new QuickDecoder(encodings, firstOctet, sink);
}

/** So much of a body is kept as it came, to be decoded once more. */
const MAX_KEPT_BYTES = 262_144;

/**
 * Node's own decoders, one behind the other. When they fail, what they decoded last is lost, and they fail also where a browser would not. So a body that fails is decoded once more with care, from
 * its first octet, and the sink gets what it did not have yet. Of a body that is too large for that, up to 16 KiB are lost, and it counts as cut.
 */
class QuickDecoder implements BodyDecoder {
  readonly #encodings: readonly string[];
  readonly #firstOctet: number;
  readonly #sink: DecodedBodySink;
  readonly #decoders: readonly Duplex[];
  readonly #first: Duplex;
  readonly #last: Duplex;
  #kept: Buffer[] | undefined = [];
  #keptBytes = 0;
  #decodedBytes = 0;
  #careful: BodyDecoder | undefined;
  #onDrained: (() => void) | undefined;
  #paused = false;
  #inputEnded = false;
  /** Nothing more is decoded. It may come before all of the body has, and only then is the response complete. */
  #outputEnd: { isCut: boolean } | undefined;
  #over = false;

  constructor(encodings: readonly string[], firstOctet: number, sink: DecodedBodySink) {
    this.#encodings = encodings;
    this.#firstOctet = firstOctet;
    this.#sink = sink;
    this.#decoders = createDecoders(encodings, firstOctet);
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
    if (this.#keptBytes > MAX_KEPT_BYTES) this.#kept = undefined;
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
    if (this.#kept !== undefined) this.#decodeWithCare(this.#kept);
    else if (error.code === ENDED_EARLY || (isGzip(this.#encodings) && error.message === NO_MEMBER)) this.#endOutput(true);
    else {
      this.destroy();
      this.#sink.decodingFailed(error);
      return;
    }
    // What waited for the first decoder to take more waits no longer.
    this.#drained();
  }

  #decodeWithCare(kept: readonly Buffer[]): void {
    const careful = createCarefulDecoder(this.#encodings, this.#firstOctet, unseen(this.#sink, this.#decodedBytes));
    this.#careful = careful;
    this.#kept = undefined;
    for (const decoder of this.#decoders) decoder.destroy();
    if (this.#paused) careful.pause();
    for (const chunk of kept) careful.write(chunk);
    if (this.#inputEnded) careful.end();
  }
}

/** What zlib says of octets behind a member that begin no other. */
const NO_MEMBER = 'incorrect header check';

/** The sink, without the first bytes, which it has. */
function unseen(sink: DecodedBodySink, seenBytes: number): DecodedBodySink {
  let leftBytes = seenBytes;
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

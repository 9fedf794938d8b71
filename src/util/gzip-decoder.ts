import { crc32, createInflateRaw, type InflateRaw } from 'node:zlib';

/** Receives what a decoder decodes. No call follows after `decodingEnded`, `decodingFailed` or `destroy`. */
export interface DecoderSink {
  /** The next decoded bytes. */
  decoded(chunk: Buffer): void;
  /** The input ended. `isCut`: it ended before its encoding did; everything that arrived was decoded. */
  decodingEnded(isCut: boolean): void;
  decodingFailed(error: Error): void;
}

/**
 * Decodes a body or file while it arrives. Its memory is limited to its window and 256 KiB, however large the input is.
 * A decompression bomb ends when the sink has enough and destroys the decoder. Bytes after the end of the encoding are
 * ignored.
 */
export interface StreamDecoder {
  /** Takes the next encoded bytes. False: call `onceDrained` and wait before the next write. */
  write(chunk: Buffer): boolean;
  onceDrained(resume: () => void): void;
  /** Stops decoding until `resume`. */
  pause(): void;
  resume(): void;
  /** Ends the input. */
  end(): void;
  /** Stops at once. The sink is not called any more. */
  destroy(): void;
}

/** The two bytes that begin each member, and the code of deflate, the only method (RFC 1952 section 2.3.1). */
const MAGIC = [0x1f, 0x8b, 8] as const;
const FIXED_BYTES = 10;
const MAX_HEADER_BYTES = 65_536;
const TRAILER_BYTES = 8;
const FLAG = { headerCrc: 2, extra: 4, name: 8, comment: 16 } as const;
/** Compressed bytes in the input queue. With more, the caller must wait. */
const MAX_WAITING_BYTES = 65_536;
/**
 * Decoding a member takes 50 µs, however small it is, while it takes only 20 bytes on the wire. So the number of
 * members with fewer decoded bytes than this is limited.
 */
const SMALL_MEMBER_BYTES = 1_024;
const MAX_SMALL_MEMBERS = 1_000;
const NOTHING = Buffer.alloc(0);

/** Uses zlib's error code, which users may already match in logs. */
class GzipError extends Error {
  readonly code = 'Z_DATA_ERROR';
}

/**
 * Decodes gzip like browsers and gzip(1): bytes after the last member that are not a member are ignored, and input that
 * ends too early yields what it contains. Node's own decoder fails in both cases and loses its last output.
 *
 *     header ──► deflate ──► trailer ──► header of the next member, or garbage until the end
 */
export class GzipDecoder implements StreamDecoder {
  readonly #sink: DecoderSink;
  #state: 'header' | 'deflate' | 'trailer' | 'garbage' = 'header';
  #members = 0;
  #smallMembers = 0;
  /** Bytes of an incomplete header or trailer. */
  #held: Buffer = NOTHING;
  #inflate: InflateRaw | undefined;
  #crc = 0;
  #memberBytes = 0;
  readonly #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #onDrained: (() => void) | undefined;
  /** A chunk is being inflated. */
  #busy = false;
  #paused = false;
  #inputEnded = false;
  #over = false;

  constructor(sink: DecoderSink) {
    this.#sink = sink;
  }

  write(chunk: Buffer): boolean {
    this.#waiting.push(chunk);
    this.#waitingBytes += chunk.length;
    this.#work();
    return this.#waitingBytes < MAX_WAITING_BYTES;
  }

  onceDrained(resume: () => void): void {
    this.#onDrained = resume;
  }

  end(): void {
    this.#inputEnded = true;
    this.#work();
  }

  pause(): void {
    this.#paused = true;
    this.#inflate?.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#inflate?.resume();
  }

  destroy(): void {
    this.#over = true;
    this.#inflate?.destroy();
  }

  #work(): void {
    while (!this.#busy && !this.#over) {
      const chunk = this.#waiting.shift();
      if (chunk === undefined) break;
      this.#waitingBytes -= chunk.length;
      this.#read(chunk);
      if (this.#waitingBytes < MAX_WAITING_BYTES) this.#notifyDrained();
    }
    if (this.#inputEnded && !this.#busy && !this.#over) this.#finish();
  }

  #notifyDrained(): void {
    const resume = this.#onDrained;
    this.#onDrained = undefined;
    resume?.();
  }

  #read(chunk: Buffer): void {
    switch (this.#state) {
      case 'header':
        this.#readHeader(chunk);
        break;
      case 'deflate':
        this.#inflateChunk(chunk);
        break;
      case 'trailer':
        this.#readTrailer(chunk);
        break;
      case 'garbage':
        break;
    }
  }

  /** Puts the rest of a chunk back at the front of the queue. */
  #requeue(rest: Buffer): void {
    if (rest.length === 0) return;
    this.#waiting.unshift(rest);
    this.#waitingBytes += rest.length;
  }

  #readHeader(chunk: Buffer): void {
    this.#held = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    const end = headerEnd(this.#held);
    if (end === 'incomplete' && this.#held.length <= MAX_HEADER_BYTES) return;
    if (typeof end !== 'number') {
      if (this.#members === 0) this.#fail(new GzipError('incorrect header check'));
      this.#state = 'garbage';
      this.#held = NOTHING;
      return;
    }
    const rest = this.#held.subarray(end);
    this.#held = NOTHING;
    this.#state = 'deflate';
    this.#openMember();
    this.#requeue(rest);
  }

  #openMember(): void {
    this.#members++;
    this.#crc = 0;
    this.#memberBytes = 0;
    const inflate = createInflateRaw();
    this.#inflate = inflate;
    inflate.on('data', (decoded: Buffer) => {
      if (this.#over) return;
      this.#crc = crc32(decoded, this.#crc);
      this.#memberBytes += decoded.length;
      this.#sink.decoded(decoded);
    });
    inflate.on('error', (error) => this.#inflateFailed(error));
    if (this.#paused) inflate.pause();
  }

  /** After the first member, bytes that only look like the beginning of a member are ignored. */
  #inflateFailed(error: Error): void {
    if (this.#members === 1) this.#fail(error);
    if (this.#over) return;
    this.#inflate?.destroy();
    this.#inflate = undefined;
    this.#state = 'garbage';
    this.#busy = false;
    this.#work();
  }

  /** Inflates one chunk at a time, so that when the member ends within it, the rest is known. */
  #inflateChunk(chunk: Buffer): void {
    const inflate = this.#inflate as InflateRaw;
    const before = inflate.bytesWritten;
    this.#busy = true;
    inflate.write(chunk, (error) => {
      if (error || this.#over) return;
      const consumed = inflate.bytesWritten - before;
      if (consumed === chunk.length) {
        this.#busy = false;
        this.#work();
        return;
      }
      const close = () => {
        this.#state = 'trailer';
        this.#requeue(chunk.subarray(consumed));
        this.#busy = false;
        this.#work();
      };
      if (inflate.readableEnded) close();
      else inflate.once('end', close);
    });
  }

  #readTrailer(chunk: Buffer): void {
    this.#held = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    if (this.#held.length < TRAILER_BYTES) return;
    const isIntact = this.#held.readUInt32LE(0) === this.#crc && this.#held.readUInt32LE(4) === this.#memberBytes % 2 ** 32;
    if (!isIntact) {
      this.#fail(new GzipError('incorrect data check'));
      return;
    }
    if (this.#memberBytes < SMALL_MEMBER_BYTES && ++this.#smallMembers > MAX_SMALL_MEMBERS) {
      this.#fail(new GzipError(`more than ${MAX_SMALL_MEMBERS} members below ${SMALL_MEMBER_BYTES} bytes`));
      return;
    }
    const rest = this.#held.subarray(TRAILER_BYTES);
    this.#held = NOTHING;
    this.#state = 'header';
    this.#inflate?.destroy();
    this.#inflate = undefined;
    this.#requeue(rest);
  }

  /** Called when all input was read. */
  #finish(): void {
    const isWhole = this.#state === 'garbage' || (this.#state === 'header' && this.#members > 0);
    const isRead = this.#inflate === undefined || this.#inflate.readableLength === 0;
    // Decoded data may still be waiting to be read.
    if (isRead) this.#end(!isWhole);
    else this.#inflate?.once('data', () => this.#finish());
  }

  #end(isCut: boolean): void {
    if (this.#over) return;
    this.destroy();
    this.#sink.decodingEnded(isCut);
  }

  #fail(error: Error): void {
    if (this.#over) return;
    this.destroy();
    this.#sink.decodingFailed(error);
  }
}

/** The end of a member's header (RFC 1952 section 2.3). */
function headerEnd(bytes: Buffer): number | 'incomplete' | 'none' {
  if (MAGIC.some((octet, at) => at < bytes.length && bytes[at] !== octet)) return 'none';
  if (bytes.length < FIXED_BYTES) return 'incomplete';
  const flags = bytes[3] as number;
  let at = FIXED_BYTES;
  if (flags & FLAG.extra) {
    if (bytes.length < at + 2) return 'incomplete';
    at += 2 + bytes.readUInt16LE(at);
  }
  for (const flag of [FLAG.name, FLAG.comment]) {
    if ((flags & flag) === 0) continue;
    const zero = bytes.indexOf(0, at);
    if (zero === -1) return 'incomplete';
    at = zero + 1;
  }
  if (flags & FLAG.headerCrc) at += 2;
  return bytes.length < at ? 'incomplete' : at;
}

import { constants, crc32, createInflateRaw, type InflateRaw } from 'node:zlib';
import { headAndRest } from './head-and-rest.ts';

const MAGIC = [0x1f, 0x8b] as const;
/** Some servers compress a file that is already compressed, but declare only one layer. */
const MAX_LAYERS = 2;
const DEFLATE = 8;
/** Checksum and length after the data of a member. */
const TRAILER_BYTES = 8;
/**
 * Decompressing a member takes 50 µs, however small it is, while it takes only 20 bytes on the wire. So the number of
 * members with fewer decompressed bytes than this is limited.
 */
const SMALL_MEMBER_BYTES = 1_024;
const MAX_SMALL_MEMBERS = 1_000;
/** Flags in the header of a member (RFC 1952 section 2.3.1). */
const FLAG = { headerChecksum: 2, extra: 4, name: 8, comment: 16 } as const;

/** The gzip data is broken. Everything before the error has been yielded. */
export class BadGzipError extends Error {
  override readonly name = 'BadGzipError';
}

/**
 * Decompresses bytes that begin like gzip, whatever their name or headers say. Other bytes pass unchanged. A file that
 * ends early yields what it contains. Rejects with BadGzipError if the data is broken, and if `bytes` rejects.
 */
export async function* unzipped(bytes: AsyncIterable<Uint8Array>, layers = MAX_LAYERS): AsyncGenerator<Uint8Array, void, undefined> {
  const { head, all } = await headAndRest(bytes, MAGIC.length);
  if (layers === 0 || head[0] !== MAGIC[0] || head[1] !== MAGIC[1]) {
    yield* all;
    return;
  }
  yield* unzipped(gunzipped(all), layers - 1);
}

/**
 * Decompresses the members of a gzip file in order (RFC 1952 section 2.2). Trailing bytes that are not a member are
 * ignored, as gunzip does.
 */
async function* gunzipped(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const input = new GzipInput(bytes);
  try {
    if (!(await skipHeader(input))) throw new BadGzipError('incorrect header');
    let smallMembers = 0;
    for (let isFirst = true; isFirst || (await skipHeader(input)); isFirst = false) {
      const bytes = yield* inflatedMember(input, isFirst);
      if (bytes < SMALL_MEMBER_BYTES && ++smallMembers > MAX_SMALL_MEMBERS) throw new BadGzipError('too many small members');
    }
  } finally {
    await input.close();
  }
}

/** Decompresses one member. Returns the number of its decompressed bytes. */
async function* inflatedMember(input: GzipInput, isFirst: boolean): AsyncGenerator<Uint8Array, number, undefined> {
  // With this flush, an early end of the data is not an error.
  const inflate = createInflateRaw({ finishFlush: constants.Z_SYNC_FLUSH });
  const feeding = feed(inflate, input).catch((error: Error) => void inflate.destroy(error));
  let checksum = 0;
  let bytes = 0;
  try {
    for await (const chunk of inflate as AsyncIterable<Uint8Array>) {
      checksum = crc32(chunk, checksum);
      bytes += chunk.length;
      yield chunk;
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (!code?.startsWith('Z_')) throw error;
    // After the first member, bytes that only look like the beginning of a member are ignored.
    if (isFirst) throw new BadGzipError(message, { cause: error });
    return bytes;
  } finally {
    inflate.destroy();
  }
  await feeding;
  const trailer = await input.take(TRAILER_BYTES);
  if (trailer.length === TRAILER_BYTES && trailer.readUInt32LE(0) !== checksum) throw new BadGzipError('incorrect data check');
  return bytes;
}

/** Feeds one member to the stream, and puts the bytes after it back into the input. */
async function feed(inflate: InflateRaw, input: GzipInput): Promise<void> {
  let fed = 0;
  for (;;) {
    const chunk = await input.next();
    if (chunk === undefined) {
      inflate.end();
      return;
    }
    await new Promise((resolve) => inflate.write(chunk, resolve));
    fed += chunk.length;
    if (inflate.bytesWritten === fed) continue;
    input.giveBack(chunk.subarray(chunk.length - (fed - inflate.bytesWritten)));
    return;
  }
}

/** Skips the header of a member. False if no member begins here. */
async function skipHeader(input: GzipInput): Promise<boolean> {
  const fixed = await input.take(10);
  if (fixed.length < 10 || fixed[0] !== MAGIC[0] || fixed[1] !== MAGIC[1] || fixed[2] !== DEFLATE) return false;
  const flags = fixed[3] as number;
  if ((flags & FLAG.extra) !== 0) {
    const length = await input.take(2);
    await input.take(length.length < 2 ? 0 : length.readUInt16LE(0));
  }
  if ((flags & FLAG.name) !== 0) await input.skipText();
  if ((flags & FLAG.comment) !== 0) await input.skipText();
  if ((flags & FLAG.headerChecksum) !== 0) await input.take(2);
  return true;
}

/** A reader of bytes in parts of any length, which allows the last part to be put back. */
class GzipInput {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #buffered: Buffer = Buffer.alloc(0);

  constructor(bytes: AsyncIterable<Uint8Array>) {
    this.#chunks = bytes[Symbol.asyncIterator]();
  }

  /** The next bytes, at least one. Undefined at the end. */
  async next(): Promise<Buffer | undefined> {
    while (this.#buffered.length === 0) {
      const { value, done } = await this.#chunks.next();
      if (done === true) return undefined;
      this.#buffered = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    }
    const chunk = this.#buffered;
    this.#buffered = Buffer.alloc(0);
    return chunk;
  }

  giveBack(chunk: Buffer): void {
    this.#buffered = chunk;
  }

  /** Reads this many bytes, or all that are left. */
  async take(length: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    for (let missing = length; missing > 0; ) {
      const chunk = await this.next();
      if (chunk === undefined) break;
      parts.push(chunk.subarray(0, missing));
      if (chunk.length > missing) this.giveBack(chunk.subarray(missing));
      missing -= Math.min(missing, chunk.length);
    }
    return Buffer.concat(parts);
  }

  /** Skips text that ends with a zero byte. */
  async skipText(): Promise<void> {
    for (let chunk = await this.next(); chunk !== undefined; chunk = await this.next()) {
      const end = chunk.indexOf(0);
      if (end === -1) continue;
      this.giveBack(chunk.subarray(end + 1));
      return;
    }
  }

  async close(): Promise<void> {
    await this.#chunks.return?.();
  }
}

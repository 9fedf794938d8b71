import type { Duplex } from 'node:stream';
import zlib from 'node:zlib';

/** Who is told how decoding goes. Nothing comes after `decodingEnded`, `decodingFailed` or `destroy`. */
export interface DecodedBodySink {
  /** The next decoded bytes. */
  decoded(chunk: Buffer): void;
  /** `isCut`: the body ended before its encoding did. All that came was decoded. */
  decodingEnded(isCut: boolean): void;
  decodingFailed(error: Error): void;
}

/**
 * Decodes a body as it streams in. It holds its window (`decoderWindowBytes`) and at most 256 KiB beside it, however large the body is: a bomb is over when the
 * sink has had enough and destroys it. Octets after the end of the encoding are ignored.
 */
export interface BodyDecoder {
  /** Takes the next bytes off the wire. False: wait for `onceDrained` before the next. */
  write(chunk: Buffer): boolean;
  onceDrained(resume: () => void): void;
  /** Decodes no further, until `resume`. */
  pause(): void;
  resume(): void;
  /** No more bytes will come. */
  end(): void;
  /** Stops at once; the sink hears nothing more. */
  destroy(): void;
}

/** Encodings in a row that are decoded; a longer chain is refused. */
export const MAX_ENCODINGS = 5;

type CreateDecoder = (firstOctet: number) => Duplex;

/** Node 22.15 and later. */
const createZstdDecompress = (zlib as { createZstdDecompress?: (options: { params: Record<number, number> }) => Duplex })
  .createZstdDecompress;
const ZSTD_WINDOW_LOG_MAX = (zlib.constants as { ZSTD_d_windowLogMax?: number }).ZSTD_d_windowLogMax ?? 100;

/** zstd as a content encoding has windows of 8 MB at most (RFC 9659 section 3). A stream with a larger one is refused, as browsers do; else it could take 128 MiB. */
const MAX_ZSTD_WINDOW_LOG = 23;
const MAX_BROTLI_WINDOW_LOG = 24;

const DECODERS: ReadonlyMap<string, CreateDecoder> = new Map<string, CreateDecoder>([
  ['gzip', () => zlib.createGunzip()],
  ['x-gzip', () => zlib.createGunzip()],
  // Servers send both what RFC 9110 calls deflate (zlib's format, whose first octet ends in 8) and the bare stream.
  ['deflate', (firstOctet) => ((firstOctet & 0x0f) === 8 ? zlib.createInflate() : zlib.createInflateRaw())],
  ['br', () => zlib.createBrotliDecompress()],
  ...(createZstdDecompress === undefined
    ? []
    : [['zstd', () => createZstdDecompress({ params: { [ZSTD_WINDOW_LOG_MAX]: MAX_ZSTD_WINDOW_LOG } })] as const]),
]);

/** The Accept-Encoding that names what this runtime can decode. */
export const ACCEPT_ENCODING = ['gzip', 'deflate', 'br', 'zstd'].filter((name) => DECODERS.has(name)).join(', ');

/** What a Content-Encoding header leaves to do. */
type Encodings = { kind: 'identity' } | { kind: 'encoded'; names: string[] } | { kind: 'too-many' };

/**
 * Reads a Content-Encoding header. Names that are not known are passed over, as if they encoded nothing: servers write charsets and worse there,
 * and the size as it came is then the best answer.
 */
export function readEncodings(header: string | undefined): Encodings {
  if (header === undefined) return { kind: 'identity' };
  const names = header
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => DECODERS.has(name));
  if (names.length === 0) return { kind: 'identity' };
  return names.length > MAX_ENCODINGS ? { kind: 'too-many' } : { kind: 'encoded', names };
}

/**
 * The most that the windows of these decoders take, in bytes. They allocate what a stream declares, and use it as they decode: gzip and deflate so little
 * that it does not count, brotli up to 16 MiB (RFC 7932 section 9.1), zstd up to `MAX_ZSTD_WINDOW_LOG`.
 *
 * @param firstOctet of the body: brotli declares its window there
 */
export function decoderWindowBytes(names: readonly string[], firstOctet: number): number {
  return names.toReversed().reduce((sum, name, index) => {
    if (name === 'zstd') return sum + 2 ** MAX_ZSTD_WINDOW_LOG;
    // Inside another encoding the first octet is not known beforehand.
    return name === 'br' ? sum + 2 ** (index === 0 ? brotliWindowLog(firstOctet) : MAX_BROTLI_WINDOW_LOG) : sum;
  }, 0);
}

/** WBITS of RFC 7932 section 9.1. */
function brotliWindowLog(firstOctet: number): number {
  if ((firstOctet & 1) === 0) return 16;
  const high = (firstOctet >> 1) & 7;
  if (high !== 0) return 17 + high;
  const low = (firstOctet >> 4) & 7;
  return low === 0 ? 17 : 8 + low;
}

/** The decoders to pipe a body through, first to last. `names` is the order in which the server encoded, so the last is undone first. */
export function createDecoders(names: readonly string[], firstOctet: number): Duplex[] {
  return names.toReversed().map((name, index) => {
    // Inside another encoding the first octet is not known beforehand: there deflate is taken for zlib's format.
    const create = DECODERS.get(name) as CreateDecoder;
    return create(index === 0 ? firstOctet : 8);
  });
}

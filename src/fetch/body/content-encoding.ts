import type { Duplex } from 'node:stream';
import zlib from 'node:zlib';

/** Most content encodings of one body. A longer chain is refused. */
export const MAX_ENCODINGS = 5;

type CreateDecoder = (firstByte: number) => Duplex;

/** Available in Node 22.15 and later. */
const createZstdDecompress = (zlib as { createZstdDecompress?: (options: { params: Record<number, number> }) => Duplex })
  .createZstdDecompress;
const ZSTD_WINDOW_LOG_MAX = (zlib.constants as { ZSTD_d_windowLogMax?: number }).ZSTD_d_windowLogMax ?? 100;

/**
 * Largest zstd window (2^23 bytes = 8 MiB, RFC 9659 section 3). Streams with a larger window are refused, as in
 * browsers; they could require 128 MiB.
 */
const MAX_ZSTD_WINDOW_LOG = 23;
const MAX_BROTLI_WINDOW_LOG = 24;

const DECODERS: ReadonlyMap<string, CreateDecoder> = new Map<string, CreateDecoder>([
  ['gzip', () => zlib.createGunzip()],
  ['x-gzip', () => zlib.createGunzip()],
  // Servers send two formats as deflate: the zlib format of RFC 9110, whose first byte ends in 8, and a raw deflate
  // stream.
  ['deflate', (firstByte) => ((firstByte & 0x0f) === 8 ? zlib.createInflate() : zlib.createInflateRaw())],
  ['br', () => zlib.createBrotliDecompress()],
  ...(createZstdDecompress === undefined
    ? []
    : [['zstd', () => createZstdDecompress({ params: { [ZSTD_WINDOW_LOG_MAX]: MAX_ZSTD_WINDOW_LOG } })] as const]),
]);

/** The Accept-Encoding header with the encodings that this runtime can decode. */
export const ACCEPT_ENCODING = ['gzip', 'deflate', 'br', 'zstd'].filter((name) => DECODERS.has(name)).join(', ');

/** The parsed Content-Encoding header. */
type Encodings = { kind: 'identity' } | { kind: 'encoded'; names: string[] } | { kind: 'too-many' };

/**
 * Parses a Content-Encoding header. Unknown names are ignored as if they encoded nothing: servers write charsets and
 * worse there, and then the size as received is the best answer.
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
 * The most memory that the windows of these decoders take, in bytes. Decoders allocate the window that the stream
 * declares: negligible for gzip and deflate, up to 16 MiB for brotli (RFC 7932 section 9.1), and up to
 * `MAX_ZSTD_WINDOW_LOG` for zstd.
 *
 * @param firstByte of the body, in which brotli declares its window
 */
export function decoderWindowBytes(names: readonly string[], firstByte: number): number {
  return names.toReversed().reduce((sum, name, index) => {
    if (name === 'zstd') return sum + 2 ** MAX_ZSTD_WINDOW_LOG;
    // The first byte inside another encoding is not known yet.
    return name === 'br' ? sum + 2 ** (index === 0 ? brotliWindowLog(firstByte) : MAX_BROTLI_WINDOW_LOG) : sum;
  }, 0);
}

/** The base-2 logarithm of the window (WBITS of RFC 7932 section 9.1). */
function brotliWindowLog(firstByte: number): number {
  if ((firstByte & 1) === 0) return 16;
  const high = (firstByte >> 1) & 7;
  if (high !== 0) return 17 + high;
  const low = (firstByte >> 4) & 7;
  return low === 0 ? 17 : 8 + low;
}

/**
 * The decoders for a body, in the order of the pipeline.
 *
 * @param names in the order in which the server encoded, so the last one is decoded first
 */
export function createDecoders(names: readonly string[], firstByte: number): Duplex[] {
  return names.toReversed().map((name, index) => {
    // The first byte inside another encoding is not known yet: there, deflate is taken to be the zlib format.
    const create = DECODERS.get(name) as CreateDecoder;
    return create(index === 0 ? firstByte : 8);
  });
}

import type { Duplex } from 'node:stream';
import zlib from 'node:zlib';

/** Encodings in a row that are decoded; a longer chain is refused. */
export const MAX_ENCODINGS = 5;

type CreateDecoder = (firstOctet: number) => Duplex;

/** Node 22.15 and later. */
const createZstdDecompress = (zlib as { createZstdDecompress?: () => Duplex }).createZstdDecompress;

const DECODERS: ReadonlyMap<string, CreateDecoder> = new Map<string, CreateDecoder>([
  ['gzip', () => zlib.createGunzip()],
  ['x-gzip', () => zlib.createGunzip()],
  // Servers send both what RFC 9110 calls deflate (zlib's format, whose first octet ends in 8) and the bare stream.
  ['deflate', (firstOctet) => ((firstOctet & 0x0f) === 8 ? zlib.createInflate() : zlib.createInflateRaw())],
  ['br', () => zlib.createBrotliDecompress()],
  ...(createZstdDecompress === undefined ? [] : [['zstd', () => createZstdDecompress()] as const]),
]);

/** The Accept-Encoding that names what this runtime can decode. */
export const ACCEPT_ENCODING = ['gzip', 'deflate', 'br', 'zstd'].filter((name) => DECODERS.has(name)).join(', ');

/** What a Content-Encoding header leaves to do. */
export type Encodings = { kind: 'identity' } | { kind: 'encoded'; names: string[] } | { kind: 'too-many' };

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

/** The decoders to pipe a body through, first to last. `names` is the order in which the server encoded, so the last is undone first. */
export function createDecoders(names: readonly string[], firstOctet: number): Duplex[] {
  return names.toReversed().map((name, index) => {
    // Inside another encoding the first octet is not known beforehand: there deflate is taken for zlib's format.
    const create = DECODERS.get(name) as CreateDecoder;
    return create(index === 0 ? firstOctet : 8);
  });
}

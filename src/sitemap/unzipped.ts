import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createGunzip } from 'node:zlib';
import { headAndRest } from './head-and-rest.ts';

const MAGIC = [0x1f, 0x8b] as const;
/** A file that is compressed, sent compressed: some servers do both and say one. */
const MAX_LAYERS = 2;

/** Gzip that cannot be read. What came before it was given. */
export class BadGzipError extends Error {
  override readonly name = 'BadGzipError';
}

/**
 * The bytes, unzipped if they begin as gzip does, whatever their name or headers say. One that ends too early gives what it has. Rejects with BadGzipError for one that is broken, and as `bytes` does.
 */
export async function* unzipped(bytes: AsyncIterable<Uint8Array>, layers = MAX_LAYERS): AsyncGenerator<Uint8Array, void, undefined> {
  const { head, all } = await headAndRest(bytes, MAGIC.length);
  if (layers === 0 || head[0] !== MAGIC[0] || head[1] !== MAGIC[1]) {
    yield* all;
    return;
  }
  yield* unzipped(gunzipped(all), layers - 1);
}

async function* gunzipped(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  // The flush is what makes an early end no error.
  const gunzip = createGunzip({ finishFlush: constants.Z_SYNC_FLUSH });
  const source = Readable.from(bytes, { objectMode: false });
  let failure: unknown;
  const piped = pipeline(source, gunzip).catch((error: unknown) => {
    failure = error;
  });
  try {
    yield* gunzip as AsyncIterable<Uint8Array>;
  } catch (error) {
    await piped;
    const { code, message } = (failure ?? error) as NodeJS.ErrnoException;
    if (code?.startsWith('Z_')) throw new BadGzipError(message, { cause: failure });
    throw failure ?? error;
  } finally {
    gunzip.destroy();
    source.destroy();
  }
}

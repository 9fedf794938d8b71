import { Readable } from 'node:stream';
import { GzipDecoder } from '../../util/gzip-decoder.ts';
import { headAndRest } from './head-and-rest.ts';

const MAGIC = [0x1f, 0x8b] as const;
/** Some servers compress a file that is already compressed, but declare only one layer. */
const MAX_LAYERS = 2;

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

async function* gunzipped(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const input = bytes[Symbol.asyncIterator]();
  let isEmpty = true;
  let failure: unknown;
  const end = (error?: unknown) => {
    failure ??= error;
    output.push(null);
  };
  const output = new Readable({ read: () => decoder.resume() });
  const decoder = new GzipDecoder({
    decoded: (chunk) => {
      isEmpty = false;
      if (!output.push(chunk)) decoder.pause();
    },
    decodingEnded: (isCut) => end(isCut && isEmpty ? new BadGzipError('it ends before its data') : undefined),
    decodingFailed: (error) => end(new BadGzipError(error.message, { cause: error })),
  });
  feed(decoder, input).catch((error) => {
    failure ??= error;
    decoder.end();
  });
  try {
    yield* output as AsyncIterable<Uint8Array>;
    // Thrown only now, so that everything before the error has been yielded.
    if (failure !== undefined) throw failure;
  } finally {
    decoder.destroy();
    await input.return?.();
  }
}

async function feed(decoder: GzipDecoder, input: AsyncIterator<Uint8Array>): Promise<void> {
  for (;;) {
    const { value, done } = await input.next();
    if (done === true) break;
    if (!decoder.write(Buffer.from(value.buffer, value.byteOffset, value.byteLength)))
      await new Promise<void>((resolve) => decoder.onceDrained(resolve));
  }
  decoder.end();
}

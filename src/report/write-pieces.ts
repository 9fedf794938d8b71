import type { Writable } from 'node:stream';

const WRITE_BYTES = 64 * 1_024;

/**
 * Writes the pieces in order, some 64 KB at a time, taking further ones only as fast as the stream takes them. Resolves when the stream has
 * passed on the last of them; does not end the stream. Rejects with the stream's error (such as `EPIPE`), or if it is closed.
 */
export async function writePieces(pieces: AsyncIterable<string> | Iterable<string>, out: Writable): Promise<void> {
  // A stream emits its error later than it fails the write, and without a listener that would end the process.
  const ignore = () => {};
  out.on('error', ignore);
  let text = '';
  for await (const piece of pieces) {
    text += piece;
    if (text.length < WRITE_BYTES) continue;
    await write(out, text);
    text = '';
  }
  if (text !== '') await write(out, text);
  out.off('error', ignore);
}

function write(out: Writable, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const onClose = () => reject(new Error('the output was closed before the report was written'));
    out.once('close', onClose);
    out.write(text, (error) => {
      out.off('close', onClose);
      if (error) reject(error);
      else resolve();
    });
  });
}

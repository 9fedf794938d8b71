import { constants, open } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';

/**
 * The bytes of a named pipe. Opened as a file, a pipe without a writer blocks a thread for ever, and the process could not even exit. So nothing waits for the writer but an event.
 * Whoever stops reading destroys the stream.
 */
export async function pipeBytes(path: string): Promise<Readable> {
  const fd = await promisify(open)(path, constants.O_RDONLY | constants.O_NONBLOCK, undefined);
  return new Socket({ fd, readable: true, writable: false });
}

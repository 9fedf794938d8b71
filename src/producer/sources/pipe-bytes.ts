import { constants, open } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';

/**
 * Opens a named pipe for reading. Opened as a file, a pipe without a writer would block a thread forever, and the
 * process could not exit. Opened without blocking and read as a socket, it waits for its writer through events. The
 * caller must destroy the stream when it stops reading.
 */
export async function pipeBytes(path: string): Promise<Readable> {
  const fd = await promisify(open)(path, constants.O_RDONLY | constants.O_NONBLOCK, undefined);
  return new Socket({ fd, readable: true, writable: false });
}

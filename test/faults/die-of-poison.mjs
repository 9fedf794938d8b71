// Loaded into a worker with --import. The process dies, as from a segmentation fault or lack of memory, whenever it requests a path with /poison.
import { Socket } from 'node:net';

const write = Socket.prototype.write;
Socket.prototype.write = function (chunk, ...rest) {
  if (typeof chunk === 'string' && chunk.startsWith('GET /poison')) process.kill(process.pid, 'SIGKILL');
  return write.call(this, chunk, ...rest);
};

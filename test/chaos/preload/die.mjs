// Loaded with --import: the process ends at a point, as by a kill. CHAOS_DIE is `point:n`: at the n-th time that it comes there. `poison` has no number.
import fs from 'node:fs/promises';
import { Socket } from 'node:net';

const [point, nth] = (process.env.CHAOS_DIE ?? '').split(':');
let left = Number(nth ?? 1);
const die = () => process.kill(process.pid, 'SIGKILL');
const comesTo = () => --left === 0;

const isRequest = (chunk) => typeof chunk === 'string' && chunk.startsWith('GET ');
const isSettle = (chunk) => String(chunk).includes(process.env.CHAOS_SETTLE_SHA ?? '-');
const write = Socket.prototype.write;
Socket.prototype.write = function (chunk, ...rest) {
  if (point === 'poison' && isRequest(chunk) && chunk.startsWith('GET /poison')) die();
  if (point === 'before-fetch' && isRequest(chunk) && comesTo()) die();
  if (point === 'before-settle' && isSettle(chunk) && comesTo()) die();
  const written = write.call(this, chunk, ...rest);
  if (point === 'mid-body' && isRequest(chunk) && comesTo()) this.once('data', die);
  if (point === 'after-settle' && isSettle(chunk) && comesTo()) this.once('data', die);
  return written;
};

if (point?.startsWith('log-')) {
  const probe = await fs.open(process.execPath, 'r');
  const handle = Object.getPrototypeOf(probe);
  await probe.close();
  const { write: writeFile, sync } = handle;
  handle.write = async function (buffer, offset, length, position) {
    if (point === 'log-before-write' && comesTo()) die();
    if (point === 'log-mid-line' && comesTo()) {
      await writeFile.call(this, buffer, offset, Math.max(1, Math.floor(length / 2) - 7), position);
      die();
    }
    return writeFile.call(this, buffer, offset, length, position);
  };
  handle.sync = async function () {
    await sync.call(this);
    if (point === 'log-after-sync' && comesTo()) die();
  };
}

if (point === 'block') {
  const [, afterMs, forMs] = process.env.CHAOS_DIE.split(':').map(Number);
  setTimeout(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, forMs), afterMs);
}

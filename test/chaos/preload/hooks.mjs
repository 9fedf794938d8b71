// Hooks around writes. `before` may throw, or end the process.
import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { Socket } from 'node:net';

const socketHooks = [];
const fileHooks = [];
const syncHooks = [];
const renameHooks = [];

/** `before(socket, chunk)` and `after(socket, chunk)` of every write to a socket. */
export const onSocketWrite = (hook) => socketHooks.push(hook);
/** `before(file, write)` of every write to an open file; `write(share)` writes that share of it. */
export const onFileWrite = (hook) => fileHooks.push(hook);
/** `before()` and `after()` of every sync of an open file. */
export const onSync = (hook) => syncHooks.push(hook);
/** `before(to)` and `after(to)` of every rename. */
export const onRename = (hook) => renameHooks.push(hook);

const { write: writeSocket } = Socket.prototype;
Socket.prototype.write = function (chunk, ...rest) {
  for (const { before } of socketHooks) before?.(this, chunk, (part) => writeSocket.call(this, part));
  const written = writeSocket.call(this, chunk, ...rest);
  for (const { after } of socketHooks) after?.(this, chunk);
  return written;
};

const probe = await fs.open(process.execPath, 'r');
const handle = Object.getPrototypeOf(probe);
await probe.close();
const { write, sync } = handle;
handle.write = async function (buffer, offset, length, position) {
  const some = (share) => write.call(this, buffer, offset, Math.max(1, Math.floor(length * share)), position);
  for (const { before } of fileHooks) await before?.(this, some);
  return write.call(this, buffer, offset, length, position);
};
handle.sync = async function () {
  for (const { before } of syncHooks) before?.();
  await sync.call(this);
  for (const { after } of syncHooks) after?.();
};

const { rename } = fs;
fs.rename = async (from, to) => {
  for (const { before } of renameHooks) before?.(to);
  await rename(from, to);
  for (const { after } of renameHooks) after?.(to);
};
syncBuiltinESMExports();

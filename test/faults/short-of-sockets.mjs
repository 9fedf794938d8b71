// Loaded into a process with --import. Only SHORT_OPEN of its connections to SHORT_PORTS (separated by commas) can be open at a time. Further ones, and the first
// SHORT_FIRST in any case, fail with SHORT_CODE, in the same way as the system makes them fail.
import net from 'node:net';

const { SHORT_PORTS = '', SHORT_OPEN = 'Infinity', SHORT_FIRST = '0', SHORT_CODE = 'ENOBUFS' } = process.env;
const ports = new Set(SHORT_PORTS.split(',').map(Number));
let open = 0;
let toFail = Number(SHORT_FIRST);
const connect = net.connect;

net.connect = (options, ...rest) => {
  if (!ports.has(Number(options?.port))) return connect(options, ...rest);
  if (toFail > 0 || open >= Number(SHORT_OPEN)) {
    toFail--;
    const socket = new net.Socket();
    const address = '127.0.0.1';
    const error = new Error(`connect ${SHORT_CODE} ${address}:${options.port}`);
    socket.destroy(Object.assign(error, { code: SHORT_CODE, syscall: 'connect', address, port: options.port }));
    return socket;
  }
  open++;
  return connect(options, ...rest).once('close', () => open--);
};

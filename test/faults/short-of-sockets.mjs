// Loaded into a process with --import: of its connections to SHORT_PORTS (with commas between) no more than SHORT_OPEN can be open at a time, and the first
// SHORT_FIRST fail anyway; the others fail with SHORT_CODE, as the system lets them fail.
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

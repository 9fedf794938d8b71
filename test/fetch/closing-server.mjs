import http from 'node:http';
import https from 'node:https';
import { parentPort, workerData } from 'node:worker_threads';

// A server with its own event loop that closes connections without announcing it: after each response, or at a random time after
// it. It counts the requests for each URL.
const { closes, tls, seed } = workerData;
const arrived = {};
let state = seed;

function random() {
  state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
  return state / 2 ** 32;
}

function answer(request, response) {
  const { socket, url } = request;
  if (url === '/arrived') {
    response.end(JSON.stringify(arrived));
    return;
  }
  arrived[url] = (arrived[url] ?? 0) + 1;
  request.resume();
  response.end('x', () => {
    if (closes === 'at-once') socket.end();
    else setTimeout(() => socket.destroy(), random() * 4);
  });
}

const server = tls === undefined ? http.createServer(answer) : https.createServer(tls, answer);
server.on('clientError', (_error, socket) => socket.destroy());
server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));

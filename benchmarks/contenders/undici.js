// undici.js LIST CONCURRENCY [RESOLVER]: bare undici. It gets each URL of a list, counts the bytes and keeps nothing. Certificates are not checked.
import { promises as dns } from 'node:dns';
import { readFileSync } from 'node:fs';
import { Agent } from 'undici';

const [list, concurrency, resolver] = process.argv.slice(2);
const names = new dns.Resolver();
if (resolver) names.setServers([resolver]);
const lookup = (host, _options, done) => {
  names.resolve4(host).then(
    (addresses) => done(null, [{ address: addresses[0], family: 4 }]),
    (error) => done(error),
  );
};
const agent = new Agent({ pipelining: 1, connect: { rejectUnauthorized: false, ...(resolver && { lookup }) } });
const urls = readFileSync(list, 'utf8').split('\n').filter(Boolean);
let next = 0;
let bytes = 0;
await Promise.all(Array.from({ length: Number(concurrency) }, loop));
console.log(bytes);
// Connections are kept alive: without this, the process would wait for them to be closed.
process.exit(0);

async function loop() {
  while (next < urls.length) await get(urls[next++]);
}

function get(url) {
  const { origin, pathname } = new URL(url);
  return new Promise((resolve) => {
    agent.dispatch(
      { origin, path: pathname, method: 'GET' },
      {
        onRequestStart() {},
        onResponseStart() {},
        onResponseData(_controller, chunk) {
          bytes += chunk.length;
        },
        onResponseEnd: resolve,
        onResponseError: resolve,
      },
    );
  });
}

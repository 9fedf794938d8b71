import { fork } from 'node:child_process';
import { createSecureServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { Agent } from 'undici';
import { selfSignedCertificate } from '../test/helpers/self-signed.ts';

/**
 * Is HTTP/2 cheaper for many URLs of one server? `npx tsx benchmarks/http2.ts [URLS]` fetches them with undici, 10 at a time, by HTTP/1.1 over ten persistent connections and by
 * HTTP/2 over one, and prints the processor time of the client for each URL. The server is a separate process and speaks both.
 */
const [argument = '30000'] = process.argv.slice(2);
const AT_A_TIME = 10;
/** Fetched first, so that compiling the code is not measured. */
const WARM_UP = 2_000;
const ROUNDS = 3;

if (argument === 'serve') serve();
else await compare(Number(argument));

function serve(): void {
  const text = 'x'.repeat(200);
  const server = createSecureServer({ ...selfSignedCertificate(), allowHTTP1: true }, (_, response) => response.end(text));
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
  process.on('disconnect', () => process.exit(0));
}

async function compare(urls: number): Promise<void> {
  const child = fork(fileURLToPath(import.meta.url), ['serve']);
  const port = await new Promise<number>((resolve) => child.once('message', (message) => resolve(message as number)));
  for (let round = 1; round <= ROUNDS; round++) {
    for (const version of ['HTTP/1.1', 'HTTP/2']) {
      const { microseconds, perSecond } = await fetchAll(`https://127.0.0.1:${port}`, version === 'HTTP/2', urls);
      console.log(
        `${version.padEnd(8)}  ${microseconds.toFixed(0).padStart(4)} us of processor time a URL  ${perSecond.toFixed(0).padStart(6)} URLs/s`,
      );
    }
  }
  child.disconnect();
}

async function fetchAll(origin: string, allowH2: boolean, urls: number): Promise<{ microseconds: number; perSecond: number }> {
  const connect = { rejectUnauthorized: false };
  const agent = new Agent({ connect, allowH2, connections: allowH2 ? 1 : AT_A_TIME, pipelining: allowH2 ? AT_A_TIME : 1 });
  let next = 0;
  const upTo = (end: number) =>
    Promise.all(
      Array.from({ length: AT_A_TIME }, async () => {
        while (next < end) await fetchOne(agent, origin, `/page/${next++}`);
      }),
    );
  await upTo(WARM_UP);
  const [before, startMs] = [process.cpuUsage(), performance.now()];
  await upTo(WARM_UP + urls);
  const { user, system } = process.cpuUsage(before);
  const seconds = (performance.now() - startMs) / 1_000;
  await agent.close();
  return { microseconds: (user + system) / urls, perSecond: urls / seconds };
}

function fetchOne(agent: Agent, origin: string, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    agent.dispatch(
      { origin, path, method: 'GET' },
      {
        onRequestStart() {},
        onResponseStart(_, status) {
          if (status !== 200) reject(new Error(`status ${status}`));
        },
        onResponseData() {},
        onResponseEnd: () => resolve(),
        onResponseError: (_, error) => reject(error),
      },
    );
  });
}

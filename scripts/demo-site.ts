/**
 * `tsx scripts/demo-site.ts [--port 8808]`: a small web site to crawl, with pages that answer, wait, fail and recover. The variable `HOST` is the address
 * to listen on; the default is 127.0.0.1.
 *
 * Node 24 runs this file directly, also in the container image, so keep it to one file with erasable types.
 */
import { realpathSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse, STATUS_CODES } from 'node:http';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const MAX_DELAY_MS = 600_000;
const MAX_BYTES = 1_000_000_000;
const CHUNK = Buffer.alloc(64 * 1024, 'trawl ');

/** Shown on the front page, in this order. */
const PAGES: ReadonlyArray<readonly [path: string, meaning: string]> = [
  ['/get', 'the request, as JSON'],
  ['/delay/2', 'answers after two seconds; decimals work too'],
  ['/status/404', 'any status code'],
  ['/bytes/1024', 'a body of that many bytes'],
  ['/redirect/2', 'two redirects, then /get'],
  ['/flaky/2/demo', '503 twice for each key, then 200'],
  ['/limited/demo', '429 with Retry-After: 1 once for each key, then 200'],
  ['/drip', 'ten bytes, one every 100 ms; ?bytes=20&everyMs=400 changes that'],
  ['/reset', 'resets the connection without an answer'],
];

interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  url: URL;
  /** The segments of the path after the name of the route. */
  rest: string[];
}

/** Makes a request handler for the site. Each one has its own memory of which pages have recovered. */
export function demoSite(): RequestListener {
  const flaky = new Map<string, number>();
  const limited = new Set<string>();

  const routes: Record<string, (exchange: Exchange) => void> = {
    '': ({ response }) => send(response, 200, frontPage(), 'text/html; charset=utf-8'),
    get: describe,
    delay: (exchange) => {
      const delayMs = Math.min(number(exchange.rest[0]) * 1_000, MAX_DELAY_MS);
      const timer = setTimeout(() => describe(exchange), delayMs);
      exchange.response.once('close', () => clearTimeout(timer));
    },
    status: ({ response, rest }) => sendStatus(response, number(rest[0])),
    bytes: ({ response, rest }) => sendBytes(response, Math.min(number(rest[0]), MAX_BYTES)),
    redirect: ({ response, rest }) => {
      const left = number(rest[0]);
      response.setHeader('location', left > 1 ? `/redirect/${left - 1}` : '/get');
      sendStatus(response, 302);
    },
    flaky: ({ response, rest }) => {
      const key = rest.join('/');
      const failures = flaky.get(key) ?? 0;
      flaky.set(key, failures + 1);
      sendStatus(response, failures < number(rest[0]) ? 503 : 200);
    },
    limited: ({ response, rest }) => {
      const key = rest.join('/');
      if (limited.has(key)) return sendStatus(response, 200);
      limited.add(key);
      response.setHeader('retry-after', '1');
      sendStatus(response, 429);
    },
    drip: ({ response, url }) =>
      drip(response, number(url.searchParams.get('bytes') ?? '10'), number(url.searchParams.get('everyMs') ?? '100')),
    reset: ({ request }) => request.socket.resetAndDestroy(),
  };

  return (request, response) => {
    try {
      const url = new URL(request.url ?? '/', `http://${request.headers.host ?? 'localhost'}`);
      const [name = '', ...rest] = url.pathname.slice(1).split('/');
      const route = Object.hasOwn(routes, name) ? routes[name] : undefined;
      if (route) route({ request, response, url, rest });
      else sendStatus(response, 404);
    } catch (error) {
      sendStatus(response, 400, (error as Error).message);
    }
  };
}

/** Reads a number that is not negative. Anything else makes the answer a 400. */
function number(text: string | undefined): number {
  const value = Number(text || Number.NaN);
  if (!(value >= 0)) throw new Error(`not a number: ${text}`);
  return value;
}

function describe({ request, response, url }: Exchange): void {
  const body = { url: url.href, args: Object.fromEntries(url.searchParams), headers: request.headers };
  send(response, 200, `${JSON.stringify(body, null, 2)}\n`, 'application/json');
}

function sendStatus(response: ServerResponse, status: number, message: string = STATUS_CODES[status] ?? 'status'): void {
  if (!Number.isInteger(status) || status < 200 || status > 599) throw new Error('a status is from 200 to 599');
  send(response, status, `${status} ${message}\n`, 'text/plain; charset=utf-8');
}

function send(response: ServerResponse, status: number, body: string, contentType: string): void {
  // A 204 and a 304 have no body, and no headers that describe one.
  if (status === 204 || status === 304) return void response.writeHead(status).end();
  response.writeHead(status, { 'content-type': contentType, 'content-length': Buffer.byteLength(body) }).end(body);
}

function sendBytes(response: ServerResponse, bytes: number): void {
  response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': Math.floor(bytes) });
  Readable.from(chunks(Math.floor(bytes))).pipe(response);
}

function* chunks(bytes: number): Generator<Buffer> {
  for (let left = bytes; left > 0; left -= CHUNK.length) yield CHUNK.subarray(0, left);
}

function drip(response: ServerResponse, bytes: number, everyMs: number): void {
  response.writeHead(200, { 'content-type': 'text/plain' });
  response.flushHeaders();
  let left = bytes;
  const timer = setInterval(() => {
    if (left-- > 0) response.write('.');
    else response.end();
  }, everyMs);
  response.once('close', () => clearInterval(timer));
}

function frontPage(): string {
  const rows = PAGES.map(([path, meaning]) => `<li><a href="${path}">${path}</a><span>${meaning}</span></li>`).join('\n      ');
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>A site to crawl</title>
    <style>
      :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
      body { max-width: 44rem; margin: 12vh auto; padding: 0 1.5rem; }
      ul { list-style: none; padding: 0; }
      li { display: flex; flex-wrap: wrap; gap: 0 1rem; padding: .6rem 0; border-top: 1px solid color-mix(in srgb, currentColor 15%, transparent); }
      a { font: 600 .95rem ui-monospace, monospace; min-width: 9rem; text-decoration: none; color: light-dark(#0a5a8a, #7cc4f0); }
      a:hover { text-decoration: underline; }
      span { opacity: .75; }
    </style>
  </head>
  <body>
    <h1>A site to crawl</h1>
    <p>Each page answers in its own way.</p>
    <ul>
      ${rows}
    </ul>
  </body>
</html>
`;
}

function serve(): void {
  const { values } = parseArgs({ options: { port: { type: 'string', default: '8808' } } });
  const host = process.env.HOST || '127.0.0.1';
  const server = createServer(demoSite());
  server.once('error', (error) => {
    process.stderr.write(`demo site: ${error.message}\n`);
    process.exitCode = 1;
  });
  server.listen(Number(values.port), host, () => {
    const address = server.address();
    if (address !== null && typeof address === 'object') process.stdout.write(`demo site: http://${host}:${address.port}/\n`);
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(0));
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) serve();

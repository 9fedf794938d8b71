/** `npm run demo`: starts the demo site on loopback, crawls examples/urls.txt with the built command, and says what became of it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { demoSite } from './demo-site.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const LIST = 'examples/urls.txt';
const COMMAND = 'dist/cli/main.js';
const PORT = 8808;
/** The list holds pages that fail, so that one sees how that looks. */
const SOME_URLS_FAILED = 2;

const say = (text: string) => process.stdout.write(`${text}\n`);

async function main(): Promise<number> {
  if (!existsSync(join(ROOT, COMMAND))) throw new Error(`${COMMAND} is missing: run "npm run build" first`);
  const { server, port } = await startOn(PORT);
  const folder = port === PORT ? undefined : mkdtempSync(join(tmpdir(), 'trawl-demo-'));
  try {
    const list = folder === undefined ? LIST : listForPort(port, folder);
    say(`A demo site is up: http://127.0.0.1:${port}/`);
    say(`$ node ${COMMAND} ${list}\n`);
    const code = await crawl(list);
    const expected = code === SOME_URLS_FAILED;
    say(`\nexit code: ${code} (${expected ? 'some URLs failed, as the demo means them to' : `the demo expects ${SOME_URLS_FAILED}`})`);
    return expected ? 0 : 1;
  } finally {
    server.close();
    server.closeAllConnections();
    if (folder !== undefined) rmSync(folder, { recursive: true });
  }
}

/** On the port that the list names; on any free one where that is taken. */
async function startOn(port: number): Promise<{ server: Server; port: number }> {
  const server = createServer(demoSite());
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  } catch (error) {
    if (port === 0 || (error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    return startOn(0);
  }
  const address = server.address();
  return { server, port: typeof address === 'object' && address !== null ? address.port : port };
}

function listForPort(port: number, folder: string): string {
  const list = join(folder, 'urls.txt');
  writeFileSync(list, readFileSync(join(ROOT, LIST), 'utf8').replaceAll(`127.0.0.1:${PORT}`, `127.0.0.1:${port}`));
  say(`Port ${PORT} is taken, so the site is on another, and the list is a copy of ${LIST} that says so.`);
  return list;
}

async function crawl(list: string): Promise<number> {
  // The demo is about the engine that needs nothing, also where a .env names a Redis.
  const env = { ...process.env, TRAWL_REDIS_URL: '' };
  const child = spawn(process.execPath, [COMMAND, list], { cwd: ROOT, env, stdio: ['ignore', 'inherit', 'inherit'] });
  const forward = (signal: NodeJS.Signals) => child.kill(signal);
  process.on('SIGINT', forward).on('SIGTERM', forward);
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`demo: ${(error as Error).message}\n`);
  process.exitCode = 1;
}

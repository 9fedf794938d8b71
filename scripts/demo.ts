/**
 * `npm run demo`: starts the demo site on loopback and crawls examples/urls.txt with the built command. The site then stays up for further
 * commands until Ctrl-C; with `-- --once` the demo ends after the crawl. Exits 0 if the crawl went as the demo expects.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { demoSite } from './demo-site.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const LIST = 'examples/urls.txt';
const COMMAND = 'dist/cli/main.js';
const PORT = 8808;
/** The expected exit code: the list has pages that fail, to show what that looks like. */
const SOME_URLS_FAILED = 2;

const say = (text: string) => process.stdout.write(`${text}\n`);

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { once: { type: 'boolean' } } });
  if (!existsSync(join(ROOT, COMMAND))) throw new Error(`${COMMAND} is missing: run "npm run build" first`);
  const { server, port } = await startOn(PORT);
  const folder = port === PORT ? undefined : mkdtempSync(join(tmpdir(), 'trawl-demo-'));
  try {
    const list = folder === undefined ? LIST : listForPort(port, folder);
    say(`A demo site is up: http://127.0.0.1:${port}/`);
    say(`$ node ${COMMAND} ${list}\n`);
    const code = await crawl(list);
    const expected = code === SOME_URLS_FAILED;
    say(`\nExit code: ${code} (${expected ? 'some URLs failed, as the demo intends' : `the demo expects ${SOME_URLS_FAILED}`})`);
    if (expected && !values.once) await stayUp(port);
    return expected ? 0 : 1;
  } finally {
    server.close();
    server.closeAllConnections();
    if (folder !== undefined) rmSync(folder, { recursive: true });
  }
}

/** Resolves when the user stops the demo. */
async function stayUp(port: number): Promise<void> {
  const next = [
    [`npx trawl check http://127.0.0.1:${port}/`, 'follow all links of the site'],
    ['npx trawl report latest -f html -o report.html', 'make a web page of that result'],
  ] as const;
  const width = Math.max(...next.map(([command]) => command.length));
  const lines = next.map(([command, meaning]) => `  ${command.padEnd(width)}   ${meaning}`);
  say(`\nThe site stays up until you press Ctrl-C. Try this in another terminal:\n\n${lines.join('\n')}`);
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
}

/** Listens on the port in the list, or on any free port if that one is in use. */
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
  say(`Port ${PORT} is in use, so the site gets another one, and the demo crawls a copy of ${LIST} with that port.`);
  return list;
}

async function crawl(list: string): Promise<number> {
  // The demo uses the memory engine, even if an .env names a Redis.
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

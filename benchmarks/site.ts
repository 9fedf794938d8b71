import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { startRedisServer } from '../test/helpers/redis-server.ts';

/**
 * `npm run bench:site -- FOLDER [ROUNDS]`: crawls a folder of HTML that nginx serves on loopback, with both engines and, where it is installed, wget2, which mirrors without a report. Rounds alternate; what counts is
 * the ratio within the run. The times are those of whole commands, from their start to their report.
 */
const [folder, rounds = '3'] = process.argv.slice(2);
if (folder === undefined || spawnSync('which', ['nginx']).status !== 0) {
  console.error(
    'npm run bench:site -- FOLDER [ROUNDS]: crawls a folder of HTML, such as /usr/share/doc/postgresql-doc-15/html; it needs nginx',
  );
  process.exit(3);
}
const work = mkdtempSync(join(tmpdir(), 'trawl-site-'));
const port = await freePort();
const nginx = serve(resolve(folder));
const redis = await startRedisServer();
const cli = join(import.meta.dirname, '../dist/cli/main.js');
const url = `http://127.0.0.1:${port}/`;

const CONTENDERS: Record<string, () => number | undefined> = {
  'trawl, memory engine': () => trawl([]),
  'trawl, redis engine': () => trawl(['--redis', redis.url]),
  'wget2 -r, no report': () => (spawnSync('which', ['wget2']).status === 0 ? wget2() : undefined),
};

try {
  await untilServed();
  const times = new Map<string, { ms: number; pages: number }[]>();
  for (let round = 0; round < Number(rounds); round++) {
    for (const [name, run] of Object.entries(CONTENDERS)) {
      const beganMs = performance.now();
      const pages = run();
      if (pages !== undefined) times.set(name, [...(times.get(name) ?? []), { ms: performance.now() - beganMs, pages }]);
    }
  }
  console.log(`${folder}, median of ${rounds}\n`);
  for (const [name, runs] of times) {
    const { ms, pages } = runs.toSorted((a, b) => a.ms - b.ms)[Math.floor(runs.length / 2)] as { ms: number; pages: number };
    console.log(
      `${name.padEnd(24)}${String(pages).padStart(8)} URLs${ms.toFixed(0).padStart(8)} ms${((pages * 1_000) / ms).toFixed(0).padStart(8)}/s`,
    );
  }
} finally {
  nginx.kill();
  await redis.stop();
  rmSync(work, { recursive: true, force: true });
}

/** Gives the number of rows. */
function trawl(options: readonly string[]): number {
  const run = `bench-${Math.round(performance.now())}`;
  const args = [
    cli,
    url,
    '-d',
    'all',
    '-q',
    '--run',
    run,
    '--data-dir',
    join(work, 'runs'),
    '-f',
    'csv',
    '-o',
    '/dev/null',
    '--fail-on',
    'none',
  ];
  const { status, stderr } = spawnSync(process.execPath, [...args, ...options], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`trawl ended with ${status}: ${stderr}`);
  return JSON.parse(readFileSync(join(work, 'runs', run, 'run.json'), 'utf8')).books.rows;
}

/** Gives the number of files. */
function wget2(): number {
  const mirror = join(work, 'mirror');
  spawnSync('wget2', ['-q', '-r', '-l', '0', '-P', mirror, '--max-threads=10', url]);
  const { stdout } = spawnSync('find', [mirror, '-type', 'f'], { encoding: 'utf8', maxBuffer: 1 << 30 });
  rmSync(mirror, { recursive: true, force: true });
  return stdout.split('\n').length - 1;
}

function serve(root: string): ChildProcess {
  for (const name of ['body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']) mkdirSync(join(work, name));
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${join(work, name.split('_').at(-1) as string)};`,
  );
  const config = `daemon off; worker_processes 1; pid ${work}/pid; error_log ${work}/error; events {}
http { access_log off; include /etc/nginx/mime.types; keepalive_requests 1000000; ${paths.join(' ')}
  server { listen 127.0.0.1:${port}; root ${root}; } }`;
  writeFileSync(join(work, 'nginx.conf'), config);
  return spawn('nginx', ['-c', join(work, 'nginx.conf')], { stdio: 'inherit' });
}

async function untilServed(): Promise<void> {
  for (const untilMs = performance.now() + 10_000; ; ) {
    if (
      await fetch(url).then(
        () => true,
        () => false,
      )
    )
      return;
    if (performance.now() > untilMs) throw new Error('nginx does not answer');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port: free } = server.address() as { port: number };
      server.close(() => resolve(free));
    });
  });
}

import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const CACHE = fileURLToPath(new URL('../../node_modules/.cache/trawl-test-redis', import.meta.url));

/** The packages that Debian 12's server needs in addition to what every system has. */
const PACKAGES = ['redis-server', 'redis-tools', 'libjemalloc2', 'liblzf1', 'libatomic1'];

/** Dependencies that are unpacked. The C library is not: it must be that of the system, because mixed versions do not load. */
const USEFUL = /^(?:redis-|lua-|lib(?!c6$|c-bin$|gcc-s1$))/;

/**
 * Downloads a Redis server from the packages of Debian or Ubuntu and unpacks it under `node_modules/.cache`. Nothing is installed,
 * nothing on the machine is changed, and root is not needed. Returns the path of a script that runs the server with its libraries.
 * Throws if apt is missing or the packages are not available. Later calls reuse the unpacked server.
 */
export function unpackRedis(cache: string = CACHE): string {
  const ready = join(cache, 'redis');
  const script = join(ready, 'redis-server');
  if (run(script, ['--version']).ok) return script;
  mkdirSync(cache, { recursive: true });
  // Created in a temporary folder and renamed, so that two simultaneous test runs never see a half-unpacked server.
  const draft = mkdtempSync(join(cache, 'draft-'));
  try {
    download(draft);
    for (const file of readdirSync(draft).filter((name) => name.endsWith('.deb'))) {
      must('dpkg-deb', ['--extract', join(draft, file), join(draft, 'root')]);
      rmSync(join(draft, file));
    }
    rmSync(join(draft, 'apt'), { recursive: true, force: true });
    writeStartScript(draft);
    const started = run(join(draft, 'redis-server'), ['--version']);
    if (!started.ok) throw new Error(`the unpacked redis-server does not start: ${started.errors}\n${missingLibraries(draft)}`);
    rmSync(ready, { recursive: true, force: true });
    renameSync(draft, ready);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  return script;
}

/** Tries the package lists of the machine first. If they are empty or out of date, it downloads fresh ones into a separate folder. */
function download(folder: string): void {
  const first = fetchPackages(folder, []);
  if (first.ok) return;
  const apt = join(folder, 'apt');
  mkdirSync(join(apt, 'lists', 'partial'), { recursive: true });
  mkdirSync(join(apt, 'cache', 'archives', 'partial'), { recursive: true });
  const own = [`Dir::State::lists=${join(apt, 'lists')}`, `Dir::Cache=${join(apt, 'cache')}`, 'Debug::NoLocking=1'].flatMap((it) => [
    '-o',
    it,
  ]);
  must('apt-get', [...own, ...QUIET, 'update'], folder);
  const second = fetchPackages(folder, own);
  if (!second.ok) throw new Error(`apt-get download failed: ${second.errors}`);
}

// apt's download user cannot write into a folder under node_modules.
const QUIET = ['-qq', '-o', 'APT::Sandbox::User=root'];

function fetchPackages(folder: string, options: string[]): Result {
  const plan = run('apt-get', [...options, '--simulate', '--no-install-recommends', 'install', 'redis-server'], folder);
  const dependencies = [...plan.output.matchAll(/^Inst (\S+)/gm)].map((line) => line[1] ?? '').filter((name) => USEFUL.test(name));
  return run('apt-get', [...options, ...QUIET, 'download', ...new Set([...PACKAGES, ...dependencies])], folder);
}

/** The script uses `exec`, so that the server has the process id of the script and can be ended by it. */
function writeStartScript(folder: string): void {
  const script = join(folder, 'redis-server');
  writeFileSync(
    script,
    `#!/bin/sh
root="$(cd "$(dirname "$0")" && pwd)/root"
for lib in "$root"/usr/lib/*-linux-gnu* "$root"/lib/*-linux-gnu*; do
  if [ -d "$lib" ]; then LD_LIBRARY_PATH="$lib\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"; fi
done
export LD_LIBRARY_PATH
exec "$root/usr/bin/redis-server" "$@"
`,
  );
  chmodSync(script, 0o755);
}

function missingLibraries(folder: string): string {
  const lines = run('ldd', [join(folder, 'root/usr/bin/redis-server')]).output.split('\n');
  return lines.filter((line) => line.includes('not found')).join('\n');
}

type Result = { ok: boolean; output: string; errors: string };

function run(command: string, args: string[], cwd?: string): Result {
  const env = { ...process.env, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' };
  const done = spawnSync(command, args, { encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'pipe'], ...(cwd && { cwd }) });
  return { ok: done.status === 0, output: done.stdout ?? '', errors: (done.error?.message ?? done.stderr ?? '').trim() };
}

function must(command: string, args: string[], cwd?: string): void {
  const result = run(command, args, cwd);
  if (!result.ok) throw new Error(`${command} failed: ${result.errors}`);
}

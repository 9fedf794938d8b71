import { execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/**
 * `npx tsx benchmarks/startup.ts [ROUNDS]`, after `npm run build`: the time that a command takes from its start to its end, beside that of `node -e 0`.
 * Rounds alternate; what counts is the ratio within the run.
 */
const [rounds = '15'] = process.argv.slice(2);
const run = promisify(execFile);
const cli = join(import.meta.dirname, '../dist/cli/main.js');
const folder = mkdtempSync(join(tmpdir(), 'trawl-startup-'));
const target = fork(join(import.meta.dirname, 'target-server.ts'), { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });

try {
  const [port] = (await once(target.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
  const commands: Record<string, string[]> = {
    'node -e 0': ['-e', '0'],
    'trawl --version': [cli, '--version'],
    'trawl --help': [cli, '--help'],
    'trawl URL': [cli, `http://127.0.0.1:${String(port).trim()}/`],
  };
  const timesMs = new Map<string, number[]>(Object.keys(commands).map((name) => [name, []]));
  for (let round = 0; round < Number(rounds); round++) {
    for (const [name, args] of Object.entries(commands)) {
      const beganMs = performance.now();
      await run(process.execPath, args, { cwd: folder });
      timesMs.get(name)?.push(performance.now() - beganMs);
    }
  }
  console.log(`node ${process.version}, median of ${rounds}\n`);
  const medians = [...timesMs].map(([name, times]) => ({ name, ms: times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0 }));
  for (const { name, ms } of medians)
    console.log(`${name.padEnd(18)}${ms.toFixed(0).padStart(6)} ms  ${(ms / (medians[0]?.ms ?? ms)).toFixed(2).padStart(5)} x node`);
} finally {
  target.kill();
  rmSync(folder, { recursive: true, force: true });
}

import { spawnSync } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { unpackRedis } from './unpack-redis.ts';

const NAMES = ['redis-server', 'valkey-server'];

/**
 * The path of a Redis (or Valkey) server that can run on this machine.
 *
 * It looks in this order: `TRAWL_TEST_REDIS_BINARY`; the PATH; Debian's packages, unpacked under `node_modules/.cache`.
 * `TRAWL_TEST_REDIS=unpack` forces the last. Throws an error that says what to do if there is none.
 */
export function findRedisBinary(env: NodeJS.ProcessEnv = process.env): string {
  const mode = env.TRAWL_TEST_REDIS;
  if (mode && mode !== 'unpack') throw new Error(`TRAWL_TEST_REDIS=${mode} is unknown: leave it out, or set it to "unpack"`);
  const installed = mode === 'unpack' ? undefined : env.TRAWL_TEST_REDIS_BINARY || onPath(env.PATH ?? '');
  if (installed) return installed;
  try {
    return unpackRedis();
  } catch (cause) {
    throw new Error(
      [
        `no Redis for the tests: ${mode === 'unpack' ? '' : 'none is on the PATH, and '}Debian's packages cannot be had (${(cause as Error).message})`,
        'Do one of these:',
        '  install one: "apt install redis-server", "brew install redis", "dnf install valkey" (it need not be running)',
        '  or name one that the tests may fill: TRAWL_TEST_REDIS_URL=redis://127.0.0.1:6379/15 npm test',
      ].join('\n'),
      { cause },
    );
  }
}

function onPath(path: string): string | undefined {
  for (const name of NAMES) {
    for (const folder of path.split(delimiter)) {
      const file = join(folder, name);
      if (folder !== '' && isExecutable(file) && startsUp(file)) return file;
    }
  }
  return undefined;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/** True if the program starts. It does not if libraries are missing. */
function startsUp(file: string): boolean {
  return spawnSync(file, ['--version'], { stdio: 'ignore' }).status === 0;
}

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { Case } from './cases.ts';

/** The task of a contender. */
export interface Task {
  race: Case;
  /** A list with one URL per line; for a site, only its first page. */
  listFile: string;
  /** The same list as a file of options for curl. */
  curlFile: string;
  /** The DNS server to ask, `ADDRESS:PORT`, if the list has names. */
  resolver?: string;
  /** An empty Redis. */
  redisUrl: string;
  /** A folder for the contender's files, empty before each start. */
  folder: string;
}

export interface Contender {
  name: string;
  /** The program to start, and its arguments; undefined if it cannot do this. */
  command: (task: Task) => string[] | undefined;
  /** It fetches nothing, and only shows what a start costs. */
  isIdle?: boolean;
}

/** A contender, or why it is left out. */
export type Entrant = Contender | { name: string; missing: string };

const FOLDER = join(import.meta.dirname, 'contenders');
const { execPath: node } = process;

/** @param trawl the built command @param work where the Go program is built */
export function entrants(trawl: string, work: string): Entrant[] {
  return [
    { name: 'Trawl', command: (task) => [node, trawl, ...trawlArguments(task)] },
    { name: 'Trawl with Redis', command: (task) => [node, trawl, '--redis', task.redisUrl, ...trawlArguments(task)] },
    { name: 'bare undici', command: (task) => ownClient(task, [node, join(FOLDER, 'undici.js')]) },
    goClient(work),
    installed('curl', curl),
    installed('wget2', wget2),
    { name: 'plain BullMQ', command: bullmq },
    { name: 'node -e 0', command: ({ race }) => (race.name === 'startup' ? [node, '-e', '0'] : undefined), isIdle: true },
    { name: 'trawl --version', command: ({ race }) => (race.name === 'startup' ? [node, trawl, '--version'] : undefined), isIdle: true },
  ];
}

function trawlArguments({ race, listFile, resolver, folder }: Task): string[] {
  const perHost = ['--concurrency', String(race.concurrency), '--host-concurrency', String(race.concurrency)];
  const follow = race.isSite ? ['--depth', 'all'] : [];
  const names = resolver === undefined ? [] : ['--resolver', resolver];
  return [listFile, '--quiet', '--fail-on', 'none', '--insecure', '--data-dir', join(folder, 'runs'), ...perHost, ...follow, ...names];
}

function ownClient({ race, listFile, resolver }: Task, command: string[]): string[] | undefined {
  if (race.isSite) return undefined;
  return [...command, listFile, String(race.concurrency), ...(resolver === undefined ? [] : [resolver])];
}

function goClient(work: string): Entrant {
  const name = 'Go net/http';
  const program = join(work, 'client');
  const { status, error, stderr } = spawnSync('go', ['build', '-o', program, join(FOLDER, 'client.go')], { encoding: 'utf8' });
  if (error !== undefined) return { name, missing: 'go is not installed' };
  if (status !== 0) throw new Error(`go build failed: ${stderr}`);
  return { name, command: (task) => ownClient(task, [program]) };
}

/** The highest concurrency that curl accepts. */
const MOST_OF_CURL = 300;

function curl({ race, curlFile, resolver }: Task): string[] | undefined {
  if (race.isSite || race.concurrency > MOST_OF_CURL) return undefined;
  // Only a curl that was built with c-ares has an option for the DNS server.
  if (resolver !== undefined && !versionOf('curl').includes('c-ares')) return undefined;
  const names = resolver === undefined ? [] : ['--dns-servers', resolver];
  return ['curl', '--parallel', '--parallel-max', String(race.concurrency), '--silent', '--insecure', ...names, '--config', curlFile];
}

function wget2({ race, listFile, resolver, folder }: Task): string[] | undefined {
  if (resolver !== undefined) return undefined;
  const common = ['wget2', '--quiet', `--max-threads=${race.concurrency}`, '--no-check-certificate', '--input-file', listFile];
  if (race.isSite) return [...common, '--recursive', '--level=0', `--directory-prefix=${folder}`];
  return [...common, '--output-document=/dev/null', '--robots=off'];
}

function bullmq({ race, listFile, redisUrl }: Task): string[] | undefined {
  if (race.name !== 'deep' && race.name !== 'wide') return undefined;
  return [node, join(FOLDER, 'bullmq.js'), listFile, String(race.concurrency), redisUrl];
}

function installed(name: string, command: Contender['command']): Entrant {
  return versionOf(name) === '' ? { name, missing: `${name} is not installed` } : { name, command };
}

function versionOf(program: string): string {
  return spawnSync(program, ['--version'], { encoding: 'utf8' }).stdout ?? '';
}

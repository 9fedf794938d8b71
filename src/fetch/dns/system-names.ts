import { readFileSync, statSync } from 'node:fs';
import { isIPv4, isIPv6 } from 'node:net';
import { shortageCode } from '../../model/shortage.ts';
import type { Clock } from '../../util/clock.ts';

/** How this machine resolves names, according to its files. */
export interface SystemNames {
  /** Addresses by lower-case name, in the order of the hosts file. */
  readonly hosts: ReadonlyMap<string, readonly string[]>;
  /** Domains that are appended to a name (resolv.conf: `search`, `domain`). */
  readonly search: readonly string[];
  /** A name with at least this many dots is first tried unchanged (resolv.conf: `options ndots`). */
  readonly ndots: number;
}

/** The files of a Unix system. */
const SYSTEM_FILES = { hosts: '/etc/hosts', resolvConf: '/etc/resolv.conf' } as const;

const NO_NAMES: SystemNames = { hosts: new Map(), search: [], ndots: 1 };
/** How often the files are checked for changes, in milliseconds. */
const LOOK_EVERY_MS = 5_000;
/** The limits of the C library. */
const MAX_DOMAINS = 6;
const MAX_DOTS = 15;

/**
 * Reads the files, and reads them again when they change, for example when a laptop moves to another network. A file
 * that cannot be read counts as empty.
 */
export class SystemNameFiles {
  readonly #files: Readonly<Record<keyof typeof SYSTEM_FILES, string>>;
  readonly #clock: Clock;
  #names: SystemNames = NO_NAMES;
  #lookedAtMs = Number.NEGATIVE_INFINITY;
  #version = '';

  constructor(clock: Clock, files: Readonly<Record<keyof typeof SYSTEM_FILES, string>> = SYSTEM_FILES) {
    this.#clock = clock;
    this.#files = files;
  }

  /** The current contents of the files. Returns the same object until they change. */
  get(): SystemNames {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#lookedAtMs < LOOK_EVERY_MS) return this.#names;
    this.#lookedAtMs = nowMs;
    const version = `${versionOf(this.#files.hosts)} ${versionOf(this.#files.resolvConf)}`;
    if (version === this.#version) return this.#names;
    const [hosts, resolvConf] = [textOf(this.#files.hosts), textOf(this.#files.resolvConf)];
    // Without a free file descriptor, keep the old contents and try again at the next check.
    if (hosts !== undefined && resolvConf !== undefined) {
      this.#version = version;
      this.#names = { hosts: parseHosts(hosts), ...parseResolvConf(resolvConf) };
    }
    return this.#names;
  }
}

/** Parses a hosts file, see hosts(5): an address followed by names; `#` begins a comment. Other lines are skipped. */
function parseHosts(text: string): Map<string, string[]> {
  const hosts = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const [address, ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
    if (address === undefined || !(isIPv4(address) || isIPv6(address))) continue;
    for (const name of names) {
      const known = hosts.get(name.toLowerCase());
      if (known === undefined) hosts.set(name.toLowerCase(), [address]);
      else if (!known.includes(address)) known.push(address);
    }
  }
  return hosts;
}

/**
 * Parses the parts of resolv.conf(5) that determine which names are queried. The last `search` or `domain` line
 * counts.
 */
export function parseResolvConf(text: string): Pick<SystemNames, 'search' | 'ndots'> {
  let search: string[] = [];
  let ndots = NO_NAMES.ndots;
  for (const line of text.split('\n')) {
    const [keyword, ...values] = line
      .replace(/[#;].*/, '')
      .trim()
      .split(/\s+/);
    if (keyword === 'search') search = values.slice(0, MAX_DOMAINS);
    else if (keyword === 'domain') search = values.slice(0, 1);
    else if (keyword === 'options') {
      const dots = values.flatMap((value) => /^ndots:(\d+)$/.exec(value)?.[1] ?? []).at(-1);
      if (dots !== undefined) ndots = Math.min(MAX_DOTS, Number(dots));
    }
  }
  return { search: search.map((domain) => domain.replace(/^\.|\.$/g, '')).filter((domain) => domain !== ''), ndots };
}

/**
 * The names to query in DNS, in order, until one exists. A trailing dot marks a complete name.
 *
 * @param hostname as in a URL
 */
export function namesToAsk(hostname: string, { search, ndots }: Pick<SystemNames, 'search' | 'ndots'>): string[] {
  if (hostname.endsWith('.')) return [hostname.slice(0, -1)];
  const dots = hostname.split('.').length - 1;
  const qualified = search.map((domain) => `${hostname}.${domain}`);
  return dots >= ndots ? [hostname, ...qualified] : [...qualified, hostname];
}

/**
 * Changes whenever the file changes. A path that cannot be followed has a version too, because its file counts as
 * empty.
 */
function versionOf(file: string): string {
  try {
    const { mtimeMs, ino, size } = statSync(file, { throwIfNoEntry: false }) ?? {};
    return `${ino}-${size}-${mtimeMs}`;
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code);
  }
}

/**
 * The text of a file. Empty if it is missing or not readable; undefined if this machine currently lacks a resource to
 * read any file.
 */
function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    return shortageCode(error) === undefined ? '' : undefined;
  }
}

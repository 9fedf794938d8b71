import { hash } from 'node:crypto';
import { createRequire } from 'node:module';
import type { Redis } from 'ioredis';
import { Frontier } from '../../src/engine/redis/frontier/frontier.ts';
import { keysFor } from '../../src/engine/redis/keys.ts';

/** BullMQ's own scripts, which its public exports do not include. */
type BullScripts = Readonly<Record<string, { name: string; content: string }>>;
const bullScripts = createRequire(import.meta.url)('bullmq/dist/cjs/scripts/index.js') as BullScripts;

const digest = (lua: string) => hash('sha1', lua, 'hex');

/** Digest → name of every script that the frontier registers. */
function ownScripts(): Map<string, string> {
  const scripts = new Map<string, string>();
  const registrar = { defineCommand: (name: string, { lua }: { lua: string }) => void scripts.set(digest(lua), name) };
  new Frontier(registrar as unknown as Redis, keysFor('names'));
  return scripts;
}

const OWN = ownScripts();
const NAMES = new Map([...Object.values(bullScripts).map(({ name, content }) => [digest(content), `bull:${name}`] as const), ...OWN]);

/** The names of our own scripts. */
export const OWN_COMMANDS: readonly string[] = [...OWN.values()];

export const SETTLE_SHA = [...OWN].find(([, name]) => name === 'trawlSettle')?.[0] as string;

const UNKNOWN = 'a script unknown here';

/** The name of a command: a script by its name, anything else by its command. */
export function commandName([name = '', script = '']: readonly string[]): string {
  const command = name.toLowerCase();
  if (command === 'evalsha') return NAMES.get(script) ?? UNKNOWN;
  // On first use on a connection, ioredis sends the script's text.
  if (command === 'eval') return NAMES.get(hash('sha1', Buffer.from(script, 'latin1'), 'hex')) ?? UNKNOWN;
  return command;
}

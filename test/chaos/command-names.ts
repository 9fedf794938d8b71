import { hash } from 'node:crypto';
import { createRequire } from 'node:module';
import type { Redis } from 'ioredis';
import { Frontier } from '../../src/engine/redis/frontier/frontier.ts';
import { keysFor } from '../../src/engine/redis/keys.ts';

/** BullMQ's own scripts, which it does not export from its front. */
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

/** The names under which our own scripts pass. */
export const OWN_COMMANDS: readonly string[] = [...OWN.values()];

export const SETTLE_SHA = [...OWN].find(([, name]) => name === 'trawlSettle')?.[0] as string;

const UNKNOWN = 'a script unknown here';

/** What a command that passes is called: a script by its name, anything else by its own. */
export function commandName([name = '', script = '']: readonly string[]): string {
  const command = name.toLowerCase();
  if (command === 'evalsha') return NAMES.get(script) ?? UNKNOWN;
  // The first time on a connection, ioredis sends the text.
  if (command === 'eval') return NAMES.get(hash('sha1', Buffer.from(script, 'latin1'), 'hex')) ?? UNKNOWN;
  return command;
}

import { readFileSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import type { Engine } from '../engine/engine.ts';
import type { EngineSpec, Patience } from '../engine/engine-spec.ts';
import { UsageError } from '../model/errors.ts';
import type { Log } from '../model/log.ts';
import type { Command } from '../options/commands.ts';
import type { Config, Setting } from '../options/load-config.ts';
import type { Environment } from '../options/read-dotenv.ts';
import { withPassword } from '../options/redis-url.ts';
import { readRedisTls } from './redis-tls.ts';
import type { Shutdown } from './shutdown.ts';
import type { StatusLine } from './terminal/status-line.ts';

/** A stream that may be a terminal. */
export type Output = Writable & { isTTY?: boolean; columns?: number; rows?: number };

/** All that a command gets of the world around it. */
export interface CommandContext {
  /** The words after the command and its flags. */
  words: readonly string[];
  /** The command was left out, and `crawl` was assumed. */
  implied: boolean;
  config: Config;
  /** The process's own, over what `.env` sets. */
  environment: Environment;
  /** What another command would run with if no flags were given. Throws UsageError. */
  settings(command: Command): Setting[];
  stdin: Readable;
  /** For the report and nothing else. */
  stdout: Output;
  /** One line for people, on stderr. */
  tell(message: string): void;
  /** One line for people on stderr, as it is, without the name of the program. */
  say(line: string): void;
  /** On stderr, where that is a terminal. */
  statusLine?: StatusLine;
  /** Of stderr's terminal, now. */
  columns(): number;
  log: Log;
  shutdown: Shutdown;
  /** Gets the engine once it is open. */
  onEngine?: (engine: Engine) => void;
  /** The name of this process in outcomes and in `status`. */
  processName: string;
}

/** The engine that the options ask for: Redis if one is named. */
export function engineSpec(
  { redisUrl, redisPasswordFile, redisTls, prefix, lockMs, stalledCheckMs, dataDir }: Config['process'],
  patience: Patience,
): EngineSpec {
  if (redisUrl === undefined) return { kind: 'memory', dataDir };
  const url = redisPasswordFile === undefined ? redisUrl : withPassword(redisUrl, readPassword(redisPasswordFile));
  const tls = redisTls === undefined ? {} : { tls: readRedisTls(redisTls) };
  return { kind: 'redis', url, ...tls, prefix, patience, timings: { lockMs, stalledCheckMs } };
}

/** The first line: editors and `echo` end it with a line break. */
function readPassword(file: string): string {
  try {
    return readFileSync(file, 'utf8').split(/\r?\n/, 1)[0] ?? '';
  } catch (error) {
    throw new UsageError(`TRAWL_REDIS_PASSWORD_FILE cannot be read: ${(error as Error).message}`);
  }
}

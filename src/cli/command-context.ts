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

/** Everything that a command gets from its environment. */
export interface CommandContext {
  /** The words after the command and its flags. */
  words: readonly string[];
  /** The command was left out, and `crawl` was assumed. */
  implied: boolean;
  config: Config;
  /** The variables of the process, and those of `.env` that the process does not have. */
  environment: Environment;
  /** The settings that another command would use without flags. Throws UsageError. */
  settings(command: Command): Setting[];
  stdin: Readable;
  /** Only for the report. */
  stdout: Output;
  /** Prints a message for people on stderr, after the name of the program. */
  tell(message: string): void;
  /** Prints a line for people on stderr, without the name of the program. */
  say(line: string): void;
  /** Present if stderr is a terminal. */
  statusLine?: StatusLine;
  /** The present width of stderr's terminal. */
  columns(): number;
  log: Log;
  shutdown: Shutdown;
  /** Gets the engine once it is open. */
  onEngine?: (engine: Engine) => void;
  /** The name of this process in outcomes and in `status`. */
  processName: string;
}

/** The engine that the options ask for: the Redis engine if they name a Redis, otherwise the memory engine. */
export function engineSpec(
  { redisUrl, redisPasswordFile, redisTls, prefix, lockMs, stalledCheckMs, dataDir }: Config['process'],
  patience: Patience,
): EngineSpec {
  if (redisUrl === undefined) return { kind: 'memory', dataDir };
  const url = redisPasswordFile === undefined ? redisUrl : withPassword(redisUrl, readPassword(redisPasswordFile));
  const tls = redisTls === undefined ? {} : { tls: readRedisTls(redisTls) };
  return { kind: 'redis', url, ...tls, prefix, patience, timings: { lockMs, stalledCheckMs } };
}

/** Reads the first line of the file, because editors and `echo` add a line break. */
function readPassword(file: string): string {
  try {
    return readFileSync(file, 'utf8').split(/\r?\n/, 1)[0] ?? '';
  } catch (error) {
    throw new UsageError(`TRAWL_REDIS_PASSWORD_FILE cannot be read: ${(error as Error).message}`);
  }
}

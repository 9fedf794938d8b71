import type { LogEvent } from './log-events.ts';

/** The fields of a log line besides its message. Each becomes a field of the JSON log. */
export interface LogFields {
  event: LogEvent;
  run?: string | undefined;
  /** The worker process that logs, if it fetches. */
  worker?: string;
  /** The ticket of a visit. */
  visit?: string;
  origin?: string;
  [field: string]: unknown;
}

/** Receives messages for the operator. A pino logger satisfies this interface. */
export interface Log {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}

/** A log that discards all messages. */
export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };

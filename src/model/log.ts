/** Receives messages for the operator. A pino logger satisfies this interface. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** A log that discards all messages. */
export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };

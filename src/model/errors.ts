/**
 * Errors that are shown to users. Each is named by what the caller must do, and has a stable code and a message that
 * says what happened and how to fix it.
 */

/** The command, a flag, a setting or an input file is wrong: change it and run again. Exit 3. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly code = 'USAGE';
}

/** Redis cannot be reached or used: start it, or correct its configuration. Exit 8. */
export class RedisUnavailableError extends Error {
  override readonly name = 'RedisUnavailableError';
  readonly code = 'REDIS_UNAVAILABLE';
}

/** The request conflicts with the state of the run, such as a batch number that is used again with other lines. */
export class ConflictError extends Error {
  override readonly name = 'ConflictError';
  readonly code = 'CONFLICT';
}

/** This engine or folder has no run with this id. */
export class UnknownRunError extends Error {
  override readonly name = 'UnknownRunError';
  readonly code = 'UNKNOWN_RUN';
}

/** Another collector holds the run's lease, or the run's log lives in another folder. */
export class RunClaimedError extends Error {
  override readonly name = 'RunClaimedError';
  readonly code = 'RUN_CLAIMED';
  /**
   * `held`: another collector currently holds the run. `elsewhere`: the run's log is in another folder, which never
   * changes.
   */
  readonly reason: 'held' | 'elsewhere';

  constructor(message: string, reason: 'held' | 'elsewhere' = 'held') {
    super(message);
    this.reason = reason;
  }
}

/**
 * The waiting URLs do not fit into memory, and the file for them cannot be used: free disk space, then continue the
 * run. Exit 1.
 */
export class FrontierDiskError extends Error {
  override readonly name = 'FrontierDiskError';
  readonly code = 'FRONTIER_DISK';
}

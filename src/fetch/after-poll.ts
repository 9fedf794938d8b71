/**
 * Calls back when the event loop has looked at every socket once more: a connection that its peer had closed by now is then known to be closed. The first
 * `setImmediate` may run right after the poll in which the caller runs, in which sockets are read once; the second one runs after a whole poll of its own.
 */
export function afterPoll(then: () => void): void {
  setImmediate(setImmediate, then);
}

import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Error codes of the system for a resource that this machine or process has run out of: file descriptors, local ports,
 * buffers or memory. They say nothing about the remote host.
 */
const SHORTAGE_CODES: ReadonlySet<string> = new Set([
  'EMFILE',
  'ENFILE',
  'ENOBUFS',
  'ENOMEM',
  'EADDRNOTAVAIL',
  'EAGAIN',
  'EAI_MEMORY',
  'Z_MEM_ERROR',
]);

export function isShortageCode(code: string | undefined): boolean {
  return code !== undefined && SHORTAGE_CODES.has(code);
}

/** The fields of a system error that are read here. */
interface SystemError {
  code?: unknown;
  address?: unknown;
  errors?: unknown;
  cause?: unknown;
}

/**
 * The code of the resource shortage that caused an error, or undefined if something else did. Nested errors (`errors`,
 * `cause`) are searched too. A connection that tried several addresses fails with several errors; one shortage among
 * them is enough, because we cannot know whether that address would have answered.
 *
 * @param isIgnored true for an error that only looks like a shortage
 */
export function shortageCode(error: unknown, isIgnored: (error: SystemError) => boolean = () => false): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { code, errors, cause } = error as SystemError;
  const parts = Array.isArray(errors) ? errors : cause === undefined ? [] : [cause];
  for (const part of parts) {
    const found = shortageCode(part, isIgnored);
    if (found !== undefined) return found;
  }
  if (Array.isArray(errors) || typeof code !== 'string' || !SHORTAGE_CODES.has(code)) return undefined;
  return isIgnored(error as SystemError) ? undefined : code;
}

const RETRY_INTERVAL_MS = 100;
const RETRY_LIMIT_MS = 30_000;

/**
 * Runs an action that a shortage may block for a moment, such as opening a file. It is retried every 100 ms for up to
 * 30 s. Rejects with the action's last error, or with the reason of `signal` if that aborts. The action must have no
 * effect when it fails.
 */
export async function duringShortage<T>(action: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  const deadlineMs = performance.now() + RETRY_LIMIT_MS;
  for (;;) {
    try {
      return await action();
    } catch (error) {
      if (shortageCode(error) === undefined || performance.now() >= deadlineMs) throw error;
      await sleep(RETRY_INTERVAL_MS, undefined, { signal }).catch(() => {});
      signal?.throwIfAborted();
    }
  }
}

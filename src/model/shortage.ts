import { setTimeout as sleep } from 'node:timers/promises';

/** What this machine or this process has run out of, by the system's code: descriptors, local ports, buffers, memory. It says nothing about whoever was to be reached. */
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

/** An error of the system, as far as it is looked at here. */
interface SystemError {
  code?: unknown;
  address?: unknown;
  errors?: unknown;
  cause?: unknown;
}

/**
 * The code of the shortage that an error tells of, or undefined if it tells of something else. A connection that tried several addresses fails with
 * several errors: one shortage among them is enough, because nobody knows what that address would have answered.
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

const AGAIN_MS = 100;
const PATIENCE_MS = 30_000;

/**
 * The result of an action that a shortage may stop for a moment, such as opening a file: it is repeated every 100 ms for up to 30 s. Rejects with the
 * action's last error, or with the reason of `signal` once that aborted. The action must leave nothing behind when it fails.
 */
export async function duringShortage<T>(action: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  const untilMs = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await action();
    } catch (error) {
      if (shortageCode(error) === undefined || performance.now() >= untilMs) throw error;
      await sleep(AGAIN_MS, undefined, { signal }).catch(() => {});
      signal?.throwIfAborted();
    }
  }
}

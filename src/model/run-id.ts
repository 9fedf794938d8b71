/**
 * A run id such as `20261123-101500-k7f3q2`. Ids sort by time, are safe as folder names, and contain no `:`, which
 * BullMQ rejects in job ids.
 */
export type RunId = string;

const RUN_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const ALPHABET = '23456789abcdefghjkmnpqrstuvwxyz';

/** Names the newest run wherever a run id is expected. No run can have it as its id. */
export const LATEST = 'latest';

/**
 * A new run id.
 *
 * @param random returns numbers in [0, 1)
 */
export function newRunId(wallMs: number, random: () => number = Math.random): RunId {
  const [day, time] = new Date(wallMs).toISOString().slice(0, 19).replaceAll(/[-:]/g, '').split('T');
  const suffix = Array.from({ length: 6 }, () => ALPHABET[Math.floor(random() * ALPHABET.length)]).join('');
  return `${day}-${time}-${suffix}`;
}

/**
 * True if the text is a valid run id: at most 64 letters, digits, `.`, `_` and `-`, beginning with a letter or digit;
 * not an integer, which BullMQ rejects as a job id; and not `latest`.
 */
export function isRunId(text: string): boolean {
  return RUN_ID.test(text) && !/^\d+$/.test(text) && text !== LATEST;
}

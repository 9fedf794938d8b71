/** `20261123-101500-k7f3q2`: sorts by time, is safe as a folder name, and holds no `:` (BullMQ refuses it in job ids). */
export type RunId = string;

const RUN_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const ALPHABET = '23456789abcdefghjkmnpqrstuvwxyz';

/** Stands for the newest run wherever a run is named, so that no run can have it as its id. */
export const LATEST = 'latest';

/** A new id. `random` returns numbers in [0, 1). */
export function newRunId(wallMs: number, random: () => number = Math.random): RunId {
  const [day, time] = new Date(wallMs).toISOString().slice(0, 19).replaceAll(/[-:]/g, '').split('T');
  const suffix = Array.from({ length: 6 }, () => ALPHABET[Math.floor(random() * ALPHABET.length)]).join('');
  return `${day}-${time}-${suffix}`;
}

/** True if the text can be a run id: letters, digits, `.`, `_`, `-`, at most 64, not an integer (BullMQ refuses those as job ids), and not `latest`. */
export function isRunId(text: string): boolean {
  return RUN_ID.test(text) && !/^\d+$/.test(text) && text !== LATEST;
}

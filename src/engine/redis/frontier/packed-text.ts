import { hash } from 'node:crypto';
import { promisify } from 'node:util';
import { constants, deflateRaw, inflateRaw } from 'node:zlib';

/** Longer texts are deflated, in UTF-16 code units. */
const DEFLATE_ABOVE = 1_000;
/** In a thread, and at the lowest level: 500 KiB of rules took 55 ms at the default one, and 7 ms at this for a quarter more bytes. */
const LEVEL = constants.Z_BEST_SPEED;

/** What a packed text may come to: a short one can be made to fill a process's memory. */
const MAX_BYTES = 256 * 1024 * 1024;

const PLAIN = 0;
const DEFLATED = 1;

/** The text as bytes for Redis. What is no Unicode in it, a lone surrogate, comes back as U+FFFD. */
export async function packText(text: string, level: number = LEVEL): Promise<Buffer> {
  if (text.length <= DEFLATE_ABOVE) return Buffer.concat([Buffer.of(PLAIN), Buffer.from(text)]);
  return Buffer.concat([Buffer.of(DEFLATED), await promisify(deflateRaw)(text, { level })]);
}

/** The text that `packText` made these bytes of. */
export async function unpackText(packed: Buffer): Promise<string> {
  const body = packed.subarray(1);
  return (packed[0] === DEFLATED ? await promisify(inflateRaw)(body, { maxOutputLength: MAX_BYTES }) : body).toString();
}

/** The same for the same text, also after it was packed and unpacked. */
export function textDigest(text: string): string {
  return hash('sha1', text, 'hex');
}

import type { Socket } from 'node:net';

const STATUS = Buffer.from('HTTP/1.1 100');
const END = '\r\n\r\n';
const NOTHING = Buffer.alloc(0);
/**
 * Most `100 Continue` heads before one response, and most bytes of one head. If a server sends more, the request
 * fails.
 */
const MAX_HEADS = 16;
const MAX_BYTES = 4_096;

/**
 * Hides `100 Continue` responses from undici. Servers may send them even if the client did not ask, and the client must
 * accept that (RFC 9110 section 15.2). undici treats them as an attack and closes the connection.
 *
 * @returns call this whenever a request is sent. Before the first call, the first response is expected too.
 */
export function skipContinues(socket: Socket): () => void {
  const read = socket.read.bind(socket) as (size?: number) => Buffer | null;
  let isExpecting = true;
  let heads = 0;
  let held: Buffer = NOTHING;

  const skipHeads = () => {
    for (let end = headEnd(held); end !== undefined && heads < MAX_HEADS; end = headEnd(held)) {
      held = held.subarray(end);
      heads++;
    }
  };

  socket.read = (size?: number) => {
    // Node's own calls, which do not read data.
    if (size !== undefined || !isExpecting) return read(size);
    for (let chunk = read(); chunk !== null; chunk = read()) {
      held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      skipHeads();
      if (mayBeHead(held) && held.length <= MAX_BYTES && heads < MAX_HEADS) continue;
      isExpecting = false;
      const response = held;
      held = NOTHING;
      return response;
    }
    return null;
  };

  return () => {
    isExpecting = true;
    heads = 0;
  };
}

/** The end of the first head. Undefined if it is not such a head, or is not complete. */
function headEnd(bytes: Buffer): number | undefined {
  if (bytes.length < STATUS.length || !mayBeHead(bytes)) return undefined;
  const end = bytes.indexOf(END);
  return end === -1 ? undefined : end + END.length;
}

/** True for the beginning of a `100` head of HTTP/1.1 or HTTP/1.0. */
function mayBeHead(bytes: Buffer): boolean {
  for (let at = 0; at < Math.min(bytes.length, STATUS.length); at++) {
    const isMinorVersion = at === 7 && bytes[at] === 0x30;
    if (bytes[at] !== STATUS[at] && !isMinorVersion) return false;
  }
  const next = bytes[STATUS.length];
  return next === undefined || next === 0x20 || next === 0x0d;
}

import type { HttpFault } from '../../model/outcome.ts';

const MAX_HEAD_BYTES = 65_536;
/** Longest line between chunks, including chunk extensions. */
const MAX_CHUNK_LINE_BYTES = 16_384;
/** Most interim responses (1xx) before the final one. More are refused. */
const MAX_INTERIM_HEADS = 16;
const NOTHING = Buffer.alloc(0);
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** Browsers accept any version in any case. SHOUTcast sends `ICY` instead of `HTTP/1.0`. */
const STATUS_LINE = /^(HTTP\/\d(?:\.\d)?|ICY)([ \t]+)([1-9]\d{2})(?:[ \t].*)?$/i;
const STRICT_VERSION = /^HTTP\/(?:1\.[01]|2\.0)$/;
/** A token, RFC 9110 section 5.6.2. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: it tests for control characters
const CONTROL = /[\x01-\x08\x0b-\x1f\x7f]/g;
const CHUNK_SIZE = /^([0-9a-f]{1,13})([ \t]*)(?:;.*)?$/i;
const FRAMING = ['content-length', 'transfer-encoding'];
/**
 * Blanks before the colon have to be removed from a response (RFC 9112 section 5.1). curl accepts them and ignores the header. The length is the same for both where the server closes
 * the connection after the body. It is not the same for a Transfer-Encoding, which is refused.
 */
const SPACED_LENGTH = /^content-length[ \t]+:/i;

/** A response that the tolerant parser refuses too. */
class BadHttpError extends Error {
  override readonly name = 'BadHttpError';
  readonly code: 'BAD_HTTP' | 'HEADERS_TOO_LARGE';

  constructor(message: string, code: 'BAD_HTTP' | 'HEADERS_TOO_LARGE' = 'BAD_HTTP') {
    super(message);
    this.code = code;
  }
}

/**
 * Rewrites one response so that the strict parser accepts it. It accepts the faults that browsers and curl accept, and
 * records them.
 *
 *     head ──► through                      body up to Content-Length or the end of the connection, or no body
 *       └────► size ──► data ──► dataEnd    chunked body
 *                ▲ └──► trailers ──► done
 *                └────────────────────┘
 *
 * It refuses everything that two parsers could understand as different responses (response splitting): different
 * lengths, unusual spellings of a header that frames the body, NUL.
 */
export class TolerantResponse {
  readonly faults = new Set<HttpFault>();
  readonly #method: string;
  #state: 'head' | 'through' | 'size' | 'data' | 'dataEnd' | 'trailers' | 'done' = 'head';
  /** Bytes of an incomplete head or line. */
  #held: Buffer = NOTHING;
  #interimHeads = 0;
  #chunkLeft = 0;

  /** @param method of the request; a response to HEAD has no body */
  constructor(method: string) {
    this.#method = method;
  }

  /**
   * Takes the next bytes. Returns the bytes that are ready for the strict parser, possibly none.
   *
   * @throws BadHttpError
   */
  write(bytes: Buffer): Buffer {
    let rest = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes]);
    this.#held = NOTHING;
    const ready: Buffer[] = [];
    while (rest.length > 0) {
      const left = this.#step(rest, ready);
      if (left === undefined) {
        this.#held = rest;
        break;
      }
      rest = left;
    }
    return ready.length === 1 ? (ready[0] as Buffer) : Buffer.concat(ready);
  }

  /**
   * Called when the connection ended. A head that lacks only the empty line after it then counts as complete, as for
   * curl. Returns and throws like `write`.
   */
  end(): Buffer {
    if (this.#state !== 'head' || this.#held.at(-1) !== LINE_FEED) return NOTHING;
    const ready = this.write(Buffer.from('\r\n'));
    if (ready.length > 0) this.faults.add('unfinished-head');
    return ready;
  }

  /** True if an incomplete head has arrived. */
  get isWithinHead(): boolean {
    return this.#state === 'head' && this.#held.length > 0;
  }

  /** Processes one part. Returns the bytes after it, or undefined if it is not complete. */
  #step(rest: Buffer, ready: Buffer[]): Buffer | undefined {
    switch (this.#state) {
      case 'head':
        return this.#readHead(rest, ready);
      case 'through':
        ready.push(rest);
        return NOTHING;
      case 'data': {
        const data = rest.subarray(0, this.#chunkLeft);
        ready.push(data);
        this.#chunkLeft -= data.length;
        if (this.#chunkLeft === 0) this.#state = 'dataEnd';
        return rest.subarray(data.length);
      }
      case 'done':
        return NOTHING;
      default:
        return this.#readLine(rest, ready);
    }
  }

  /** Reads a line of the chunked framing. */
  #readLine(rest: Buffer, ready: Buffer[]): Buffer | undefined {
    const end = rest.indexOf(LINE_FEED);
    if (Math.max(end, 0) > MAX_CHUNK_LINE_BYTES || (end === -1 && rest.length > MAX_CHUNK_LINE_BYTES)) {
      throw new BadHttpError('a line between the chunks of the body is too long');
    }
    if (end === -1) return undefined;
    const line = this.#withoutEnd(rest.toString('latin1', 0, end));
    if (this.#state === 'size') this.#readSize(line, ready);
    else if (this.#state === 'dataEnd') {
      if (line !== '') throw new BadHttpError('a chunk of the body is longer than its size');
      ready.push(Buffer.from('\r\n'));
      this.#state = 'size';
    } else if (line === '') {
      ready.push(Buffer.from('\r\n'));
      this.#state = 'done';
    } else this.#headerOf(line);
    return rest.subarray(end + 1);
  }

  #readSize(line: string, ready: Buffer[]): void {
    const [, digits, blanks] = CHUNK_SIZE.exec(line) ?? [];
    if (digits === undefined) throw new BadHttpError('the size of a chunk of the body is not a number');
    if (blanks !== '') this.faults.add('chunk-size');
    this.#chunkLeft = Number.parseInt(digits, 16);
    ready.push(Buffer.from(`${digits}\r\n`));
    this.#state = this.#chunkLeft === 0 ? 'trailers' : 'data';
  }

  #readHead(rest: Buffer, ready: Buffer[]): Buffer | undefined {
    const start = afterEmptyLines(rest);
    const end = headEnd(rest, start);
    if ((end ?? rest.length) - start > MAX_HEAD_BYTES) throw new BadHttpError('', 'HEADERS_TOO_LARGE');
    if (end === undefined) return undefined;
    const lines = rest.toString('latin1', start, end).split('\n').slice(0, -2);
    const [statusLine = '', ...others] = lines.map((line) => this.#withoutEnd(line));
    const [, version, blanks, status] = STATUS_LINE.exec(statusLine) ?? [];
    if (version === undefined || status === undefined) throw new BadHttpError('the response does not begin with a valid status line');
    if (status.startsWith('1') && status !== '101') {
      if (++this.#interimHeads > MAX_INTERIM_HEADS) throw new BadHttpError('too many interim responses (1xx)');
      return rest.subarray(end);
    }
    if (blanks !== ' ' || !STRICT_VERSION.test(version)) this.faults.add('status-line');
    const minor = /1\.0|ICY/i.test(version) ? 0 : 1;
    const headers = this.#strictHeaders(this.#unfolded(others));
    ready.push(
      Buffer.from(`HTTP/1.${minor} ${status}\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`, 'latin1'),
    );
    const hasBody = this.#method !== 'HEAD' && status !== '204' && status !== '304';
    const isChunked = headers.some(([name]) => name.toLowerCase() === 'transfer-encoding');
    this.#state = hasBody && isChunked ? 'size' : 'through';
    return rest.subarray(end);
  }

  #withoutEnd(line: string): string {
    if (!line.endsWith('\r')) {
      this.faults.add('line-feed');
      return line;
    }
    // A server that writes CRLF in the text mode of Windows sends CR CR LF.
    let end = line.length - 1;
    while (line.charCodeAt(end - 1) === CARRIAGE_RETURN) end--;
    if (end < line.length - 1) this.faults.add('control-character');
    return line.slice(0, end);
  }

  /** Joins folded lines. A user agent replaces each fold with spaces (RFC 9112 section 5.2). */
  #unfolded(lines: readonly string[]): string[] {
    const unfolded: string[] = [];
    for (const line of lines) {
      const before = unfolded.at(-1);
      if (before === undefined || !/^[ \t]/.test(line)) {
        unfolded.push(line);
        continue;
      }
      if (FRAMING.some((name) => isLike(before, name))) throw new BadHttpError('a header that frames the body is folded');
      this.faults.add('folded-header');
      unfolded[unfolded.length - 1] = `${before} ${line.trim()}`;
    }
    return unfolded;
  }

  #strictHeaders(lines: readonly string[]): Array<[name: string, value: string]> {
    const headers: Array<[string, string]> = [];
    const lengths: string[] = [];
    const codings: string[] = [];
    if (lines.some((line) => SPACED_LENGTH.test(line)) && lines.filter((line) => FRAMING.some((name) => isLike(line, name))).length > 1)
      throw new BadHttpError('a Content-Length with a blank before its colon stands beside another header that frames the body');
    for (const line of lines) {
      const header = this.#headerOf(line);
      if (header === undefined) continue;
      const name = header[0].toLowerCase();
      const list = name === 'content-length' ? lengths : name === 'transfer-encoding' ? codings : undefined;
      if (list === undefined) headers.push(header);
      else list.push(...header[1].split(',').map((item) => item.trim().toLowerCase()));
    }
    return [...headers, ...this.#framing(lengths, codings)];
  }

  /** The header that determines the end of the body, if there is one. */
  #framing(lengths: readonly string[], codings: readonly string[]): Array<[string, string]> {
    const [length] = lengths;
    if (lengths.some((each) => !/^\d+$/.test(each))) throw new BadHttpError('the Content-Length is not a number');
    if (lengths.some((each) => each !== length))
      throw new BadHttpError(`the Content-Length headers differ (${lengths.slice(0, 3).join(', ')})`);
    if (lengths.length > 1) this.faults.add('repeated-content-length');
    if (codings.length === 0) return length === undefined ? [] : [['content-length', length]];
    const real = codings.filter((coding) => coding !== 'identity');
    // Other codings before `chunked` change the content of the chunks, not where they end.
    const isChunked = real.indexOf('chunked') === real.length - 1 && real.length > 0;
    if (length !== undefined) this.faults.add('length-and-transfer-encoding');
    if (!isChunked && (real.length > 0 || codings.length > 1)) throw new BadHttpError('the Transfer-Encoding is not chunked');
    // Transfer-Encoding overrides Content-Length (RFC 9112 section 6.3).
    if (isChunked) return [['transfer-encoding', 'chunked']];
    return length === undefined ? [] : [['content-length', length]];
  }

  /** Parses a header line. Undefined if it is dropped because its name is missing or invalid. */
  #headerOf(line: string): [name: string, value: string] | undefined {
    if (line.includes('\0')) throw new BadHttpError('a header contains NUL');
    const colon = line.indexOf(':');
    const name = colon === -1 ? line : line.slice(0, colon);
    const isFraming = FRAMING.includes(name.toLowerCase()) || SPACED_LENGTH.test(line);
    if (!isFraming && FRAMING.some((framing) => isLike(line, framing))) {
      throw new BadHttpError('a header that frames the body is misspelt');
    }
    if (colon === -1 || !TOKEN.test(name.trimEnd())) {
      this.faults.add('header-name');
      return undefined;
    }
    if (name.endsWith(' ') || name.endsWith('\t')) this.faults.add('header-name');
    const raw = line.slice(colon + 1).trim();
    const value = raw.replace(CONTROL, ' ');
    if (value === raw) return [name.trimEnd(), value];
    if (isFraming) throw new BadHttpError('a header that frames the body contains control characters');
    this.faults.add('control-character');
    return [name.trimEnd(), value];
  }
}

/** True if the name of a header line equals `name` once everything but letters and `-` is removed. */
function isLike(line: string, name: string): boolean {
  const colon = line.indexOf(':');
  const written = colon === -1 ? line : line.slice(0, colon);
  return written.replace(/[^A-Za-z-]/g, '').toLowerCase() === name;
}

/** Skips empty lines before the status line. RFC 9112 section 2.2 requires that of servers; clients do it too. */
function afterEmptyLines(bytes: Buffer): number {
  let at = 0;
  while (bytes[at] === CARRIAGE_RETURN || bytes[at] === LINE_FEED) at++;
  return at;
}

/** The end of the head: after the first empty line. Undefined if it is not complete. */
function headEnd(bytes: Buffer, start: number): number | undefined {
  for (let at = bytes.indexOf(LINE_FEED, start); at !== -1; at = bytes.indexOf(LINE_FEED, at + 1)) {
    let next = at + 1;
    while (bytes[next] === CARRIAGE_RETURN) next++;
    if (bytes[next] === LINE_FEED) return next + 1;
  }
  return undefined;
}

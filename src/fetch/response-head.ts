/** The few response headers that a crawl needs, as received. */
export interface ResponseHead {
  contentType: string | undefined;
  contentEncoding: string | undefined;
  location: string | undefined;
  retryAfter: string | undefined;
}

/**
 * Extracts the needed headers from raw headers (name, value, name, value and so on). For speed, the length of a name
 * decides whether it is compared at all, and no object with all headers is built. Of a repeated header the first one
 * counts, except that content encodings are joined.
 */
export function readHead(raw: readonly Buffer[]): ResponseHead {
  const head: ResponseHead = { contentType: undefined, contentEncoding: undefined, location: undefined, retryAfter: undefined };
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] as Buffer;
    const value = raw[i + 1] as Buffer;
    switch (name.length) {
      case 8:
        if (isNamed(name, 'location')) head.location ??= text(value);
        break;
      case 11:
        if (isNamed(name, 'retry-after')) head.retryAfter ??= value.toString('latin1');
        break;
      case 12:
        if (isNamed(name, 'content-type')) head.contentType ??= value.toString('latin1');
        break;
      case 16:
        if (isNamed(name, 'content-encoding')) {
          const encoding = value.toString('latin1');
          head.contentEncoding = head.contentEncoding === undefined ? encoding : `${head.contentEncoding},${encoding}`;
        }
        break;
    }
  }
  return head;
}

/** The values of the Set-Cookie headers, one character per byte. */
export function readSetCookies(raw: readonly Buffer[]): string[] {
  const cookies: string[] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] as Buffer;
    if (name.length === 10 && isNamed(name, 'set-cookie')) cookies.push((raw[i + 1] as Buffer).toString('latin1'));
  }
  return cookies;
}

function isNamed(name: Buffer, lowerCase: string): boolean {
  for (let i = 0; i < lowerCase.length; i++) {
    const octet = name[i] as number;
    // 0x20 turns A–Z into a–z. Some bytes other than letters are changed too, but HTTP does not allow those in names.
    if ((octet | 0x20) !== lowerCase.charCodeAt(i)) return false;
  }
  return true;
}

/** Servers send raw UTF-8 in Location. If it is not valid UTF-8, each byte becomes one character. */
function text(value: Buffer): string {
  const utf8 = value.toString('utf8');
  return utf8.includes('\ufffd') ? value.toString('latin1') : utf8;
}

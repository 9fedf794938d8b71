import { hash } from 'node:crypto';

/** Percent-encoded octets that RFC 3986 section 2.3 calls unreserved: encoding them changes nothing. */
const ENCODED_UNRESERVED = /%(?:2[dDeE]|3[0-9]|4[1-9a-fA-F]|5[0-9aAfF]|6[1-9a-fA-F]|7[0-9aAeE])/g;
const ENCODED_OCTET = /%[0-9a-fA-F]{2}/g;

/**
 * The canonical form of an http or https URL: two URLs with the same canonical form are one entry.
 *
 * WHATWG parsing has already lowered the scheme and host, converted IDNs, dropped default ports and resolved
 * dot segments. On top of that: the fragment goes, escapes of unreserved characters are decoded, and the other
 * escapes are written in upper case (RFC 3986 section 6.2.2). The order of query parameters, `www.` and trailing
 * slashes can mean something to a server and stay.
 */
export function canonicalUrl(url: URL): string {
  const href = url.hash === '' && !url.href.endsWith('#') ? url.href : url.href.slice(0, url.href.indexOf('#'));
  if (!href.includes('%')) return href;
  const decoded = href
    .replace(ENCODED_UNRESERVED, (octet) => String.fromCharCode(Number.parseInt(octet.slice(1), 16)))
    .replace(ENCODED_OCTET, (octet) => octet.toUpperCase());
  // Decoding %2e can make a dot segment appear, which a second parse resolves.
  return decoded.includes('/.') ? new URL(decoded).href : decoded;
}

/** Identity of an entry: the first 64 bits of SHA-1 as 16 hexadecimal digits. 10 million URLs collide with probability 3e-6. */
export function urlKey(canonical: string): string {
  return hash('sha1', canonical, 'hex').slice(0, 16);
}

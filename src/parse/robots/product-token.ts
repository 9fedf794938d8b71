/** What a product token of RFC 9309 section 2.2.1 is made of. */
const TOKEN = /^[a-z_-]*/i;

/** Where a crawler that begins like a browser has its own name, as in the example of that section: `Mozilla/5.0 (compatible; ExampleBot/0.1; https://…)`. */
const COMPATIBLE = /^Mozilla\/.*?[(;]\s*compatible;\s*([^\s/;,()]+)/i;

/**
 * The product token of a User-Agent header, by which robots.txt files name a crawler: `trawl` of `trawl/0.1.0 (+https://…)`. It ends before the version or the first space. Digits and dots are kept
 * although RFC 9309 has none: `MJ12bot` is what such a crawler is called in files, and not `MJ`. Empty if the header is.
 */
export function productToken(userAgent: string): string {
  const header = userAgent.trim();
  return COMPATIBLE.exec(header)?.[1] ?? firstName(header);
}

/** True if a `User-agent` line says `*`; what stands behind a space does not count, as with Google. */
export function namesAll(value: string): boolean {
  return value === '*' || /^\*[\t-\r ]/.test(value);
}

/**
 * What a `User-agent` line calls the crawler of that token, as it is written there; undefined if it names another. The name ends at the first character that no token has, so that `Trawl/2.1` and
 * `Trawl Bot` name `trawl`. Upper and lower case are one.
 */
export function nameFor(token: string, value: string): string | undefined {
  const asked = token.toLowerCase();
  if (asked === '') return undefined;
  return [TOKEN.exec(value)?.[0] ?? '', firstName(value)].find((name) => name.toLowerCase() === asked);
}

function firstName(text: string): string {
  return text.split(/[\s/]/, 1)[0] ?? '';
}

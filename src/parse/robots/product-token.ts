/** The characters of a product token (RFC 9309 section 2.2.1). */
const TOKEN = /^[a-z_-]*/i;

/**
 * The name of a crawler whose User-Agent begins like a browser's, as in the example of RFC 9309 section 2.2.1:
 * `Mozilla/5.0 (compatible; ExampleBot/0.1; https://…)`.
 */
const COMPATIBLE = /^Mozilla\/.*?[(;]\s*compatible;\s*([^\s/;,()]+)/i;

/**
 * The product token of a User-Agent header, by which robots.txt files name a crawler: `trawl` for `trawl/0.1.0
 * (+https://…)`. It ends before the version or the first space. Digits and dots are kept although RFC 9309 does not
 * allow them, because files say `MJ12bot`, not `MJ`. Empty if the header is empty.
 */
export function productToken(userAgent: string): string {
  const header = userAgent.trim();
  return COMPATIBLE.exec(header)?.[1] ?? firstName(header);
}

/** True if a `User-agent` line names all crawlers with `*`. Text after a space is ignored, as Google does. */
export function namesAll(value: string): boolean {
  return value === '*' || /^\*[\t-\r ]/.test(value);
}

/**
 * The name of this crawler as a `User-agent` line writes it. Undefined if the line names another crawler. The name ends
 * at the first character that a token cannot contain, so `Trawl/2.1` and `Trawl Bot` name `trawl`. Case is ignored.
 */
export function nameFor(token: string, value: string): string | undefined {
  const wanted = token.toLowerCase();
  if (wanted === '') return undefined;
  return [TOKEN.exec(value)?.[0] ?? '', firstName(value)].find((name) => name.toLowerCase() === wanted);
}

function firstName(text: string): string {
  return text.split(/[\s/]/, 1)[0] ?? '';
}

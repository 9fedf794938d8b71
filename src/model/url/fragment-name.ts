/**
 * Line ranges: `#L3`, `#L5-L8` and `#L10C2-L12C4` of code hosts, `#133-135` of source code pages, `#lines-5:8` of
 * Bitbucket.
 */
const LINE_RANGE = /^(?:L\d+(?:C\d+)?(?:-L?\d+(?:C\d+)?)?|\d+-\d+|lines-\d+(?:[:-]\d+)?)$/;
/** Code hosts add this prefix to the ids of documents that they render. Their scripts scroll to the id without it. */
const USER_CONTENT = 'user-content-';

/**
 * The name that a fragment looks up on its page, still percent-encoded. Undefined if no element has to exist for it:
 * the top of the page, a text directive (https://wicg.github.io/scroll-to-text-fragment/), a route of a script (`#/x`,
 * `#!/x`), or lines of source code.
 *
 * @param written the text after the `#`
 */
export function fragmentName(written: string): string | undefined {
  const directiveAt = written.indexOf(':~:');
  const name = directiveAt === -1 ? written : written.slice(0, directiveAt);
  return name === '' || /^(?:top$|[/!])/i.test(name) || LINE_RANGE.test(name) ? undefined : name;
}

/**
 * The ids that a name may refer to, most likely first: as written and percent-decoded (HTML Standard, "find a potential
 * indicated element"), then with the prefix of code hosts.
 *
 * @param name as returned by `fragmentName`
 */
export function* idsForName(name: string): Generator<string> {
  yield name;
  const decoded = decodePercent(name);
  if (decoded !== name) yield decoded;
  yield USER_CONTENT + decoded;
}

/**
 * The name without the prefix of code hosts. A link to a document in a repository may contain the prefix, while the
 * document itself does not.
 */
export function withoutUserContent(name: string): string {
  return name.startsWith(USER_CONTENT) ? name.slice(USER_CONTENT.length) : name;
}

/** Runs of percent-escapes. A character's bytes must be decoded together. */
const ESCAPES = /(?:%[0-9a-f]{2})+/gi;

/**
 * Percent-decodes like the URL Standard ("percent-decode"): an invalid escape such as `100%` stays unchanged, and bytes
 * that are not UTF-8 become U+FFFD.
 */
export function decodePercent(text: string): string {
  return text.replace(ESCAPES, (run) => Buffer.from(run.replaceAll('%', ''), 'hex').toString());
}

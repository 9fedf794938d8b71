/** `#L3`, `#L5-L8`, `#L10C2-L12C4` of code hosts, `#133-135` of source code pages, `#lines-5:8` of Bitbucket. */
const LINE_RANGE = /^(?:L\d+(?:C\d+)?(?:-L?\d+(?:C\d+)?)?|\d+-\d+|lines-\d+(?:[:-]\d+)?)$/;
/** Code hosts put it before the ids of a document that they show; their scripts scroll to the id without it. */
const USER_CONTENT = 'user-content-';

/**
 * The name that a fragment looks for on its page, still percent-encoded. Undefined if no element has to be there: the top of the page, a text directive
 * (https://wicg.github.io/scroll-to-text-fragment/), a route of a script (`#/x`, `#!/x`), or lines of a source.
 *
 * @param written what follows the `#`
 */
export function fragmentName(written: string): string | undefined {
  const directiveAt = written.indexOf(':~:');
  const name = directiveAt === -1 ? written : written.slice(0, directiveAt);
  return name === '' || /^(?:top$|[/!])/i.test(name) || LINE_RANGE.test(name) ? undefined : name;
}

/**
 * The ids that a name may mean, most likely first: as it is written and percent-decoded (HTML Standard, "find a potential indicated element"), then as code hosts prefix it.
 *
 * @param name as `fragmentName` returns it
 */
export function* idsForName(name: string): Generator<string> {
  yield name;
  const decoded = decodePercent(name);
  if (decoded !== name) yield decoded;
  yield USER_CONTENT + decoded;
}

/** A name without the prefix of code hosts: a link to a document in a repository may have it, and the document itself does not. */
export function withoutUserContent(name: string): string {
  return name.startsWith(USER_CONTENT) ? name.slice(USER_CONTENT.length) : name;
}

/** Runs of percent-escapes: the bytes of a character stand together. */
const ESCAPES = /(?:%[0-9a-f]{2})+/gi;

/** Percent-decodes as URLs are decoded: an invalid escape such as `100%` stays as it is, bytes that are not UTF-8 become U+FFFD (URL Standard, "percent-decode"). */
export function decodePercent(text: string): string {
  return text.replace(ESCAPES, (run) => Buffer.from(run.replaceAll('%', ''), 'hex').toString());
}

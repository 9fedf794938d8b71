/** The seconds, with a fraction that nobody reads, and what separates them from the URL: at least one of white space, `;` and `,`. */
const TIME = /^[\t\n\f\r ]*(?:[0-9]|(?=\.))[0-9.]*(?=[\t\n\f\r ;,])[\t\n\f\r ]*[;,]?[\t\n\f\r ]*/;
const LABEL = /^url[\t\n\f\r ]*=[\t\n\f\r ]*/i;

/**
 * Where a `<meta http-equiv=refresh content>` leads, as written there (HTML Standard, "shared declarative refresh steps"); undefined if it holds no URL, or is
 * not what those steps take.
 */
export function refreshUrl(content: string): string | undefined {
  const time = TIME.exec(content)?.[0];
  if (time === undefined || time.length === content.length) return undefined;
  const rest = content.slice(time.length);
  const label = LABEL.exec(rest)?.[0];
  // What begins like the label and is not it is the URL, with its quotes if it has some.
  if (label === undefined && /^u/i.test(rest)) return rest;
  const written = rest.slice(label?.length ?? 0);
  const quote = /^["']/.exec(written)?.[0];
  if (quote === undefined) return written;
  const end = written.indexOf(quote, 1);
  return written.slice(1, end === -1 ? undefined : end);
}

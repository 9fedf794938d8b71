/** One link of a Link header. */
export interface HeaderLink {
  /** As written, to be resolved against the URL of the response. */
  readonly target: string;
  /** Tokens of its first `rel`, in lower case. */
  readonly relations: readonly string[];
}

const TARGET = /[\s,]*<([^>]*)>/y;
const PARAMETER = /\s*;\s*(?:([^\s;,="<>]+)\s*(?:=\s*(?:"((?:[^"\\]|\\[\s\S])*)(?:"|$)|([^\s;,"]*)))?)?/y;
/** Servers send at most some tens of kilobytes of headers. */
const MOST_CHARACTERS = 65_536;

/** The links of a Link header (RFC 8288, section 3 and appendix B.2). What follows something that is no link is left. */
export function headerLinks(value: string): HeaderLink[] {
  const header = value.slice(0, MOST_CHARACTERS);
  const links: HeaderLink[] = [];
  let at = 0;
  for (;;) {
    TARGET.lastIndex = at;
    const target = TARGET.exec(header)?.[1];
    if (target === undefined) return links;
    at = TARGET.lastIndex;
    let relations: string | undefined;
    for (;;) {
      PARAMETER.lastIndex = at;
      const match = PARAMETER.exec(header);
      if (match === null) break;
      at = PARAMETER.lastIndex;
      if (match[1]?.toLowerCase() === 'rel') relations ??= match[2]?.replace(/\\([\s\S])/g, '$1') ?? match[3] ?? '';
    }
    links.push({ target, relations: (relations ?? '').toLowerCase().split(/\s+/) });
    // Whatever else stands before the next comma.
    const comma = header.indexOf(',', at);
    if (comma === -1) return links;
    at = comma;
  }
}

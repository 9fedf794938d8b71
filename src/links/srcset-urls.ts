/** White space and commas before a candidate, and its URL, up to white space. */
const CANDIDATE = /[\t\n\f\r ,]*([^\t\n\f\r ,][^\t\n\f\r ]*)/y;

/**
 * The URLs of a `srcset` or `imagesrcset` attribute, in order (HTML Standard, "parse a srcset attribute"). Candidates whose descriptors are wrong count too:
 * browsers do not load them, but they were meant.
 */
export function srcsetUrls(srcset: string): string[] {
  const urls: string[] = [];
  let at = 0;
  for (;;) {
    CANDIDATE.lastIndex = at;
    const candidate = CANDIDATE.exec(srcset)?.[1];
    if (candidate === undefined) return urls;
    at = CANDIDATE.lastIndex;
    let length = candidate.length;
    while (candidate[length - 1] === ',') length--;
    urls.push(candidate.slice(0, length));
    // A comma at the end of the URL ends the candidate: it has no descriptors.
    if (length === candidate.length) at = afterDescriptors(srcset, at);
  }
}

/** Where the next candidate begins: after a comma that is not in brackets. */
function afterDescriptors(srcset: string, from: number): number {
  for (let at = from; at < srcset.length; at++) {
    const character = srcset[at];
    if (character === ',') return at + 1;
    if (character === '(') {
      const end = srcset.indexOf(')', at);
      at = end === -1 ? srcset.length : end;
    }
  }
  return srcset.length;
}

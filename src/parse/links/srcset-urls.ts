/** White space and commas before a candidate, and its URL, up to white space. */
const CANDIDATE = /[\t\n\f\r ,]*([^\t\n\f\r ,][^\t\n\f\r ]*)/y;
/** A width or a height, of which neither is 0, and a density (HTML Standard, 2.3.4.1 and 2.3.4.3). */
const SIZE = /^0*[1-9]\d*[wh]$/;
const DENSITY = /^(-?(?:\d+|\d*\.\d+)(?:[eE][+-]?\d+)?)x$/;

/** What most candidates have, so that it takes no time. */
const USUAL = /^[\t\n\f\r ]*(?:\d+(?:\.\d+)?x|[1-9]\d*w)?[\t\n\f\r ]*$/;

/** The URLs of a `srcset` or `imagesrcset` attribute, in order (HTML Standard, "parse a srcset attribute"). Candidates whose descriptors are wrong are left out, as in browsers. */
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
    let isValid = true;
    // A comma at the end of the URL ends the candidate: it has no descriptors.
    if (length === candidate.length) {
      const end = descriptorsEnd(srcset, at);
      isValid = areDescriptors(srcset.slice(at, end));
      at = end + 1;
    }
    if (isValid) urls.push(candidate.slice(0, length));
  }
}

/** Where the descriptors of a candidate end: at a comma that is not in brackets. */
function descriptorsEnd(srcset: string, from: number): number {
  for (let at = from; at < srcset.length; at++) {
    const character = srcset[at];
    if (character === ',') return at;
    if (character === '(') {
      const end = srcset.indexOf(')', at);
      at = end === -1 ? srcset.length : end;
    }
  }
  return srcset.length;
}

/** Nothing, a density, or a width, which may have a height beside it. */
function areDescriptors(text: string): boolean {
  if (USUAL.test(text)) return true;
  const descriptors = text.split(/[\t\n\f\r ]+/).filter((descriptor) => descriptor !== '');
  const kinds = descriptors.map((descriptor) => {
    if (SIZE.test(descriptor)) return descriptor.at(-1);
    return Number(DENSITY.exec(descriptor)?.[1] ?? -1) >= 0 ? 'x' : 'bad';
  });
  return ['', 'x', 'w', 'hw'].includes(kinds.sort().join(''));
}

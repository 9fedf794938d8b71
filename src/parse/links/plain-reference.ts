const IN_PATH = 1;
const IN_QUERY = 2;
const IN_FRAGMENT = 4;
const DOT = 0x2e;
const SLASH = 0x2f;
const QUESTION = 0x3f;
const HASH = 0x23;

/** Where each ASCII character stays as it is and means nothing but itself (URL Standard, the percent-encode sets and the basic URL parser). */
const PLAIN = new Uint8Array(128);
for (let code = 0x21; code < 0x7f; code++) {
  const character = String.fromCharCode(code);
  if (/[\w~!$&()*+,;=@.-]/.test(character)) PLAIN[code] = IN_PATH | IN_QUERY | IN_FRAGMENT;
  else if (/[/?:%[\]|]/.test(character)) PLAIN[code] = IN_QUERY | IN_FRAGMENT;
}

/**
 * Resolves the references that most links are, `chapter.html`, `../index.html`, `/about?page=2`, `#part`, by putting strings together, which takes a tenth of the
 * time of `new URL`. Whatever could come out differently there is undefined: dots in other places, escapes, schemes, hosts, anything but ASCII.
 *
 * @param base an http or https URL, as WHATWG serialises it
 */
export function plainReferences(base: string): (reference: string) => string | undefined {
  const withoutFragment = upTo(base, '#');
  const withoutQuery = upTo(withoutFragment, '?');
  const root = withoutQuery.slice(0, withoutQuery.indexOf('/', withoutQuery.indexOf('//') + 2));
  const folders = [withoutQuery.slice(0, withoutQuery.lastIndexOf('/') + 1)];
  /** The folder so many levels up; at the top there is nothing above. */
  const folderAbove = (levels: number): string => {
    for (let level = folders.length; level <= levels; level++) {
      const below = folders[level - 1] as string;
      folders.push(below.length === root.length + 1 ? below : below.slice(0, below.lastIndexOf('/', below.length - 2) + 1));
      if (below.length === root.length + 1) return below;
    }
    return folders[levels] as string;
  };
  return (reference) => {
    let at = 0;
    let levels = 0;
    while (reference.startsWith('../', at)) {
      at += 3;
      levels++;
    }
    const first = reference.charCodeAt(at);
    if (!isPlain(reference, first === SLASH && at === 0 ? 1 : at)) return undefined;
    if (at > 0) return folderAbove(levels) + (at === reference.length ? '' : reference.slice(at));
    if (first === SLASH) return root + reference;
    if (first === HASH) return withoutFragment + reference;
    if (first === QUESTION) return withoutQuery + reference;
    return reference === '' ? withoutFragment : folders[0] + reference;
  };
}

/** Whether all from a segment's beginning at `from` on is as it would be serialised. */
function isPlain(reference: string, from: number): boolean {
  let part = IN_PATH;
  let beginsSegment = true;
  for (let at = from; at < reference.length; at++) {
    const code = reference.charCodeAt(at);
    if (part === IN_PATH) {
      if (code === QUESTION) part = IN_QUERY;
      else if (code === HASH) part = IN_FRAGMENT;
      else if (code === SLASH) {
        // Two of them could begin a host.
        if (beginsSegment) return false;
        beginsSegment = true;
      } else if (((PLAIN[code] ?? 0) & IN_PATH) === 0 || (code === DOT && beginsSegment)) return false;
      else beginsSegment = false;
    } else if (code === HASH) {
      if (part === IN_FRAGMENT) return false;
      part = IN_FRAGMENT;
    } else if (((PLAIN[code] ?? 0) & part) === 0) return false;
  }
  return true;
}

function upTo(text: string, character: string): string {
  const at = text.indexOf(character);
  return at === -1 ? text : text.slice(0, at);
}

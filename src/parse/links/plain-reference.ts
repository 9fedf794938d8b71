const IN_PATH = 1;
const IN_QUERY = 2;
const IN_FRAGMENT = 4;
const DOT = 0x2e;
const SLASH = 0x2f;
const QUESTION = 0x3f;
const HASH = 0x23;

/**
 * The parts of a URL in which each ASCII character is serialised unchanged and has no special meaning (URL Standard,
 * percent-encode sets and basic URL parser).
 */
const PLAIN = new Uint8Array(128);
for (let code = 0x21; code < 0x7f; code++) {
  const character = String.fromCharCode(code);
  if (/[\w~!$&()*+,;=@.-]/.test(character)) PLAIN[code] = IN_PATH | IN_QUERY | IN_FRAGMENT;
  else if (/[/?:%[\]|]/.test(character)) PLAIN[code] = IN_QUERY | IN_FRAGMENT;
}

/**
 * A fast path for the most common relative links, such as `chapter.html`, `../index.html`, `/about?page=2` and `#part`:
 * they are resolved by string concatenation, in a tenth of the time of `new URL`. Returns undefined for any link for
 * which `new URL` might give another result: dots in other places, escapes, schemes, hosts, non-ASCII characters.
 *
 * @param base an http or https URL, as serialised by WHATWG
 */
export function plainReferences(base: string): (reference: string) => string | undefined {
  const withoutFragment = upTo(base, '#');
  const withoutQuery = upTo(withoutFragment, '?');
  const root = withoutQuery.slice(0, withoutQuery.indexOf('/', withoutQuery.indexOf('//') + 2));
  const directories = [withoutQuery.slice(0, withoutQuery.lastIndexOf('/') + 1)];
  /** The directory this many levels up. At the root, there is none above. */
  const ancestor = (levels: number): string => {
    for (let level = directories.length; level <= levels; level++) {
      const below = directories[level - 1] as string;
      directories.push(below.length === root.length + 1 ? below : below.slice(0, below.lastIndexOf('/', below.length - 2) + 1));
      if (below.length === root.length + 1) return below;
    }
    return directories[levels] as string;
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
    if (at > 0) return ancestor(levels) + (at === reference.length ? '' : reference.slice(at));
    if (first === SLASH) return root + reference;
    if (first === HASH) return withoutFragment + reference;
    if (first === QUESTION) return withoutQuery + reference;
    return reference === '' ? withoutFragment : directories[0] + reference;
  };
}

/** True if everything from `from` on, which must be the beginning of a segment, is already in serialised form. */
function isPlain(reference: string, from: number): boolean {
  let part = IN_PATH;
  let beginsSegment = true;
  for (let at = from; at < reference.length; at++) {
    const code = reference.charCodeAt(at);
    if (part === IN_PATH) {
      if (code === QUESTION) part = IN_QUERY;
      else if (code === HASH) part = IN_FRAGMENT;
      else if (code === SLASH) {
        // A double slash could begin a host.
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

const SLASH = 0x2f;
const QUESTION = 0x3f;
const HASH = 0x23;

/**
 * References of which each character is serialised unchanged and has no special meaning (URL Standard, percent-encode
 * sets and basic URL parser): `../` any number of times or `/`, segments of which none begins with a dot, a query and a
 * fragment. There is no double slash, which could begin a host. A loop over the characters would take five times as long,
 * because a reference is a slice of the document, and V8 follows it to the document for each character.
 */
const PLAIN =
  /^(?:(?:\.\.\/)+|\/)?(?:[\w~!$&()*+,;=@-][\w~!$&()*+,;=@.-]*(?:\/[\w~!$&()*+,;=@-][\w~!$&()*+,;=@.-]*)*\/?)?(?:\?[\w~!$&()*+,;=@./?:%[\]|-]*)?(?:#[\w~!$&()*+,;=@./?:%[\]|-]*)?$/;

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
    if (!PLAIN.test(reference)) return undefined;
    let at = 0;
    let levels = 0;
    while (reference.startsWith('../', at)) {
      at += 3;
      levels++;
    }
    const first = reference.charCodeAt(at);
    if (at > 0) return ancestor(levels) + (at === reference.length ? '' : reference.slice(at));
    if (first === SLASH) return root + reference;
    if (first === HASH) return withoutFragment + reference;
    if (first === QUESTION) return withoutQuery + reference;
    return reference === '' ? withoutFragment : directories[0] + reference;
  };
}

function upTo(text: string, character: string): string {
  const at = text.indexOf(character);
  return at === -1 ? text : text.slice(0, at);
}

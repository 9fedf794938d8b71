import type { LinkLine } from '../../model/lines/link-line.ts';

const MAX_PLACES = 100;
/** Maximum of characters of all fragments of a link, each with its URL: a row must stay far below a megabyte. */
const MAX_FRAGMENT_CHARS = 131_072;

/** Where a link occurs: the name of the document, and the line if it is known. */
export interface Place {
  source: string;
  line?: number;
}

/** A link and all its places. */
export interface LinkGroup<Target> {
  /** The target of the first occurrence. */
  target: Target;
  first: Place;
  /** The first occurrence as written, if that differs from the URL. */
  input?: string;
  places: string[];
  morePlaces: number;
  fragments: Set<string>;
  fragmentChars: number;
  moreFragments: number;
}

/** The distinct links of documents, in order of first occurrence. */
export class GroupedLinks<Target> {
  readonly #groups = new Map<string, LinkGroup<Target>>();

  /** @param key links with equal keys are one group */
  add(key: string, target: Target, place: Place, input?: string): LinkGroup<Target> {
    const known = this.#groups.get(key);
    if (known === undefined) {
      const group = {
        target,
        first: place,
        ...(input !== undefined && { input: copyString(input) }),
        places: [],
        morePlaces: 0,
        fragments: new Set<string>(),
        fragmentChars: 0,
        moreFragments: 0,
      };
      this.#groups.set(key, group);
      return group;
    }
    const text = placeText(place);
    // A URL can occur twice in one line; then its equal places come one after another.
    if (text === (known.places.at(-1) ?? placeText(known.first))) return known;
    if (known.places.length < MAX_PLACES) known.places.push(text);
    else known.morePlaces++;
    return known;
  }

  [Symbol.iterator](): Iterator<LinkGroup<Target>> {
    return this.#groups.values();
  }
}

/** Adds a fragment that must exist in the group's target. */
export function wantFragment(group: LinkGroup<unknown>, url: string): void {
  if (group.fragments.has(url)) return;
  group.fragmentChars += url.length;
  if (group.fragmentChars > MAX_FRAGMENT_CHARS) group.moreFragments++;
  else group.fragments.add(url);
}

/** The fields of a group's `LinkLine`, without those of its target. */
export function placesOf({
  first,
  input,
  places,
  morePlaces,
  fragments,
  moreFragments,
}: LinkGroup<unknown>): Omit<LinkLine, 'url' | 'checked'> {
  return {
    ...(input !== undefined && { input }),
    source: first.source,
    ...(first.line !== undefined && { line: first.line }),
    places,
    ...(morePlaces > 0 && { morePlaces }),
    ...(fragments.size > 0 && { fragments: [...fragments] }),
    ...(moreFragments > 0 && { moreFragments }),
  };
}

function placeText({ source, line }: Place): string {
  return line === undefined ? source : `${source}:${line}`;
}

/** Copies a string. A substring would keep the whole document in memory. */
function copyString(part: string): string {
  return Buffer.from(part).toString();
}

import type { LinkLine } from '../../model/lines/link-line.ts';

const MOST_PLACES = 100;
/** Of all fragments of a link, each with its URL: a row must stay far below a megabyte. */
const MOST_FRAGMENT_CHARS = 131_072;

/** Where a link stands: the document as it was named, and the line, where that is known. */
export interface Place {
  source: string;
  line?: number;
}

/** A link and all the places where it stands. */
export interface LinkGroup<Target> {
  /** What the first of them leads to. */
  target: Target;
  first: Place;
  /** As the first is written, where that is another URL. */
  input?: string;
  places: string[];
  morePlaces: number;
  fragments: Set<string>;
  fragmentChars: number;
  moreFragments: number;
}

/** The links of documents, each once, in the order in which they stand first. */
export class GroupedLinks<Target> {
  readonly #groups = new Map<string, LinkGroup<Target>>();

  /** @param key what makes two links one */
  add(key: string, target: Target, place: Place, input?: string): LinkGroup<Target> {
    const known = this.#groups.get(key);
    if (known === undefined) {
      const group = {
        target,
        first: place,
        ...(input !== undefined && { input: copied(input) }),
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
    // A URL can stand in a line twice, and there its places come one after another.
    if (text === (known.places.at(-1) ?? placeText(known.first))) return known;
    if (known.places.length < MOST_PLACES) known.places.push(text);
    else known.morePlaces++;
    return known;
  }

  [Symbol.iterator](): Iterator<LinkGroup<Target>> {
    return this.#groups.values();
  }
}

/** Adds a fragment that is wanted of a group's target. */
export function wantFragment(group: LinkGroup<unknown>, url: string): void {
  if (group.fragments.has(url)) return;
  group.fragmentChars += url.length;
  if (group.fragmentChars > MOST_FRAGMENT_CHARS) group.moreFragments++;
  else group.fragments.add(url);
}

/** A group as it travels, without what its target says. */
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

/** A part of a string keeps all of it in memory: here, its document. */
function copied(part: string): string {
  return Buffer.from(part).toString();
}

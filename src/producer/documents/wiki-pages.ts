import { dirname, relative, sep } from 'node:path';

const ENDING = /\.(?:md|markdown|mdx|html?)$/i;

/** Finds the documents that `[[wiki links]]` name: by a path from any folder above, or by the name alone, without its ending. Case does not count, and a space is a dash. */
export class WikiPages {
  /** Paths of documents by every end of their path. */
  readonly #byEnd = new Map<string, string[]>();

  constructor(paths: readonly string[]) {
    for (const path of paths) {
      const segments = plain(path).replace(ENDING, '').split('/');
      for (let from = segments.length - 1; from > 0 && from >= segments.length - MOST_SEGMENTS; from--) {
        const end = segments.slice(from).join('/');
        const known = this.#byEnd.get(end);
        if (known === undefined) this.#byEnd.set(end, [path]);
        else if (known.length < MOST_NAMESAKES) known.push(path);
      }
    }
  }

  /**
   * An ordinary link to the document of that name, if possible in the same folder. A name that no document has counts as a path.
   *
   * @param written the name, with a `#fragment` or without
   * @param from path of the document in which it stands
   */
  linkTo(written: string, from: string): string {
    const [, name = '', fragment = ''] = /^([^#]*)(.*)$/s.exec(written) ?? [];
    if (name === '') return fragment;
    const found =
      this.#byEnd.get(
        plain(name)
          .replace(ENDING, '')
          .replace(/^(?:\.?\/)+/, ''),
      ) ?? [];
    const nearest = found.find((path) => dirname(path) === dirname(from)) ?? found[0];
    const path = nearest === undefined ? name : relative(dirname(from), nearest);
    return `./${path.split(sep).join('/').split('/').map(encodeURIComponent).join('/')}${fragment}`;
  }
}

/** More segments of a path than anybody writes. */
const MOST_SEGMENTS = 8;
const MOST_NAMESAKES = 100;

function plain(path: string): string {
  return path.split(sep).join('/').toLowerCase().replaceAll(/[\s_]/g, '-');
}

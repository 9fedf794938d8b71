import { dirname, relative, sep } from 'node:path';

const EXTENSION = /\.(?:md|markdown|mdx|html?)$/i;

/**
 * Finds the documents that `[[wiki links]]` name: by name alone, or by the end of their path, without the extension.
 * Case is ignored, and spaces equal dashes.
 */
export class WikiPages {
  /** Paths of documents, by each suffix of their path. */
  readonly #bySuffix = new Map<string, string[]>();

  constructor(paths: readonly string[]) {
    for (const path of paths) {
      const segments = normalised(path).replace(EXTENSION, '').split('/');
      for (let from = segments.length - 1; from > 0 && from >= segments.length - MAX_SEGMENTS; from--) {
        const suffix = segments.slice(from).join('/');
        const known = this.#bySuffix.get(suffix);
        if (known === undefined) this.#bySuffix.set(suffix, [path]);
        else if (known.length < MAX_NAMESAKES) known.push(path);
      }
    }
  }

  /**
   * Returns an ordinary relative link to the document with that name, preferably one in the same folder. If there is
   * none, the name is used as a path.
   *
   * @param written the name, with an optional `#fragment`
   * @param from path of the document that contains the link
   */
  linkTo(written: string, from: string): string {
    const [, name = '', fragment = ''] = /^([^#]*)(.*)$/s.exec(written) ?? [];
    if (name === '') return fragment;
    const found =
      this.#bySuffix.get(
        normalised(name)
          .replace(EXTENSION, '')
          .replace(/^(?:\.?\/)+/, ''),
      ) ?? [];
    const nearest = found.find((path) => dirname(path) === dirname(from)) ?? found[0];
    const path = nearest === undefined ? name : relative(dirname(from), nearest);
    return `./${path.split(sep).join('/').split('/').map(encodeURIComponent).join('/')}${fragment}`;
  }
}

/** Longer path suffixes are not indexed, because nobody writes them. */
const MAX_SEGMENTS = 8;
/** Maximum of documents that are kept for one suffix. */
const MAX_NAMESAKES = 100;

function normalised(path: string): string {
  return path.split(sep).join('/').toLowerCase().replaceAll(/[\s_]/g, '-');
}

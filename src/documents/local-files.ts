import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import type { Checked } from '../core/request-spec.ts';
import { type DocumentKind, documentKind } from './document-kind.ts';
import { hasAnchor } from './has-anchor.ts';
import { type Anchors, KnownAnchors } from './known-anchors.ts';
import { decoded, type LinkTarget } from './link-target.ts';
import { nearestName } from './nearest-name.ts';
import { readDocument } from './read-document.ts';

/** A longer file is not read for its anchors: a link with a fragment to it counts as good if it is there. */
const MOST_ANCHOR_BYTES = 10 * 1_024 * 1_024;

/** What stands for a folder, where a document of that kind links to it. */
const INDEX_FILES: Readonly<Record<DocumentKind, readonly string[]>> = {
  html: ['index.html', 'index.htm'],
  markdown: ['README.md', 'readme.md', 'index.md', 'index.html'],
};

/** What is asked of a file. */
interface Facts {
  isFile: boolean;
  bytes: number;
}

/** Looks at what local links lead to, at each file once. */
export class LocalFiles {
  readonly #workingDir: string;
  readonly #documents = new Set<string>();
  readonly #facts = new Map<string, Promise<Facts | string>>();
  readonly #anchors = new KnownAnchors();

  /** @param workingDir absolute */
  constructor(workingDir: string) {
    this.#workingDir = workingDir;
  }

  /** A document that was read, so that it is there, whatever its path says: it may have come through stdin. */
  know(path: string, kind: DocumentKind, anchors: ReadonlySet<string>): void {
    this.#documents.add(path);
    this.#anchors.keep(path, { kind, anchors });
  }

  /** How a target is called, whether or not it is there. */
  shownAs({ path, fragment }: Extract<LinkTarget, { kind: 'local' }>): string {
    const shown = this.#relative(path);
    return fragment === '' ? shown : `${shown}#${decoded(fragment)}`;
  }

  /**
   * Whether the file or folder is there, and what the fragment points at. Files are opened only for that, and only if they are documents.
   *
   * @param from the kind of the document that links to it
   */
  async check({ path, writtenPath, fragment, rootDir }: Extract<LinkTarget, { kind: 'local' }>, from: DocumentKind): Promise<Checked> {
    if (this.#documents.has(path)) return this.#checkFragment(path, fragment, this.#anchors.get(path));
    let found = path;
    let facts = await this.#factsOf(path);
    if (typeof facts === 'string' && writtenPath !== path && typeof (await this.#factsOf(writtenPath)) !== 'string') {
      found = writtenPath;
      facts = await this.#factsOf(writtenPath);
    }
    if (typeof facts === 'string') {
      const root = rootDir === undefined ? '' : `; / stands for ${this.#relative(rootDir)} (see --root-dir)`;
      return { code: 'FILE_NOT_FOUND', message: `${await this.#whyNotFound(path, facts)}${root}` };
    }
    return fragment === '' ? 'ok' : this.#checkFragment(found, fragment, await this.#anchorsOf(found, facts, from));
  }

  #checkFragment(path: string, fragment: string, known: Anchors | undefined): Checked {
    if (known === undefined || hasAnchor(known.anchors, fragment, known.kind)) return 'ok';
    const nearest = nearestName(decoded(fragment), known.anchors);
    const hint = nearest === undefined ? '' : `; did you mean #${nearest}?`;
    return { code: 'FRAGMENT_NOT_FOUND', message: `${this.#relative(path)} has no anchor #${decoded(fragment)}${hint}` };
  }

  #factsOf(path: string): Promise<Facts | string> {
    let facts = this.#facts.get(path);
    if (facts === undefined) {
      facts = stat(path).then(
        (found) => ({ isFile: found.isFile(), bytes: found.size }),
        (error: NodeJS.ErrnoException) => error.code ?? error.message,
      );
      this.#facts.set(path, facts);
    }
    return facts;
  }

  async #anchorsOf(path: string, facts: Facts, from: DocumentKind): Promise<Anchors | undefined> {
    if (facts.isFile) return this.#read(resolve(path), facts.bytes);
    for (const name of INDEX_FILES[from]) {
      const index = join(path, name);
      const found = await this.#factsOf(index);
      if (typeof found !== 'string' && found.isFile) return this.#read(resolve(index), found.bytes);
    }
    return undefined;
  }

  async #read(path: string, bytes: number): Promise<Anchors | undefined> {
    if (!this.#anchors.has(path)) {
      const kind = documentKind(path);
      this.#anchors.keep(path, kind === undefined || bytes > MOST_ANCHOR_BYTES ? undefined : await readAnchors(path, kind));
    }
    return this.#anchors.get(path);
  }

  async #whyNotFound(path: string, code: string): Promise<string> {
    const shown = this.#relative(path);
    if (code === 'EACCES' || code === 'EPERM') return `cannot look at ${shown}: permission denied`;
    if (code !== 'ENOENT' && code !== 'ENOTDIR') return `cannot look at ${shown}: ${code}`;
    const folder = dirname(path);
    const names = await readdir(folder).catch(() => []);
    const nearest = nearestName(basename(path), names);
    return nearest === undefined
      ? `no such file: ${shown}`
      : `no such file: ${shown}; did you mean ${this.#relative(join(folder, nearest))}?`;
  }

  #relative(path: string): string {
    const shown = relative(this.#workingDir, path).split(sep).join('/') || '.';
    return /[/\\]$/.test(path) && shown !== '.' ? `${shown}/` : shown;
  }
}

/** What cannot be read has no anchors that are known. */
async function readAnchors(path: string, kind: DocumentKind): Promise<Anchors | undefined> {
  try {
    const { anchors } = await readDocument(await readFile(path), { name: path, kind, path });
    return { anchors, kind };
  } catch {
    return undefined;
  }
}

import { readdir, readFile, readlink, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { decodePercent, fragmentName } from '../core/fragment-name.ts';
import type { Checked } from '../core/request-spec.ts';
import { type DocumentKind, documentKind } from './document-kind.ts';
import { hasAnchor } from './has-anchor.ts';
import { Anchors, KnownAnchors } from './known-anchors.ts';
import type { LinkTarget } from './link-target.ts';
import { HintBudget, NameIndex } from './name-index.ts';
import { readDocument } from './read-document.ts';

/** A longer file is not read for its anchors: a link with a fragment to it counts as good if it is there. */
const MOST_ANCHOR_BYTES = 10 * 1_024 * 1_024;

/** The files that are shown for a folder, first choice first, where a document of that kind links to it. Case does not count. */
const INDEX_FILES: Readonly<Record<DocumentKind, readonly string[]>> = {
  html: ['index.html', 'index.htm'],
  markdown: ['readme.md', 'readme.markdown', 'index.md', 'index.html'],
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
  readonly #hints = new HintBudget();
  /** Names in folders, as far as links lead to folders or to files that are missing from them. */
  readonly #listings = new Map<string, Promise<readonly string[]>>();
  readonly #folderNames = new Map<string, NameIndex>();
  /** Of documents whose anchors are unpacked. */
  readonly #anchorNames = new WeakMap<Anchors, NameIndex>();

  /** @param workingDir absolute */
  constructor(workingDir: string) {
    this.#workingDir = workingDir;
  }

  /** A document that was read, so that it is there, whatever its path says: it may have come through stdin. */
  know(path: string, kind: DocumentKind, anchors: ReadonlySet<string>): void {
    this.#documents.add(path);
    this.#anchors.keep(path, new Anchors(kind, anchors));
  }

  /** How a target is called, whether or not it is there. */
  shownAs({ path, fragment }: Extract<LinkTarget, { kind: 'local' }>): string {
    const shown = this.#relative(path);
    return fragment === '' ? shown : `${shown}#${decodePercent(fragment)}`;
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
    if (fragment === '') return 'ok';
    if (facts.isFile) return this.#checkFragment(found, fragment, await this.#read(resolve(found), facts.bytes));
    const index = await this.#indexFileOf(found, from);
    if (index === undefined) {
      if (fragmentName(fragment) === undefined) return 'ok';
      const message = `${this.#relative(found)} has no index file, so no anchor #${decodePercent(fragment)}`;
      return { code: 'FRAGMENT_NOT_FOUND', message };
    }
    return this.#checkFragment(index.path, fragment, await this.#read(resolve(index.path), index.bytes));
  }

  #checkFragment(path: string, fragment: string, anchors: Anchors | undefined): Checked {
    if (anchors === undefined || hasAnchor(anchors, fragment)) return 'ok';
    const name = decodePercent(fragment);
    const nearest = this.#namesOf(anchors).nearest(name);
    const hint = nearest === undefined ? '' : `; did you mean "#${nearest}"?`;
    return { code: 'FRAGMENT_NOT_FOUND', message: `${this.#relative(path)} has no anchor #${name}${hint}` };
  }

  #namesOf(anchors: Anchors): NameIndex {
    let index = this.#anchorNames.get(anchors);
    if (index === undefined) {
      index = new NameIndex(anchors.names, this.#hints);
      this.#anchorNames.set(anchors, index);
    }
    return index;
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

  async #indexFileOf(folder: string, from: DocumentKind): Promise<{ path: string; bytes: number } | undefined> {
    const names = new Map((await this.#listing(folder)).map((name) => [name.toLowerCase(), name]));
    for (const wanted of INDEX_FILES[from]) {
      const name = names.get(wanted);
      if (name === undefined) continue;
      const path = join(folder, name);
      const facts = await this.#factsOf(path);
      if (typeof facts !== 'string' && facts.isFile) return { path, bytes: facts.bytes };
    }
    return undefined;
  }

  /** Nothing of a folder that cannot be read. */
  #listing(folder: string): Promise<readonly string[]> {
    let listing = this.#listings.get(folder);
    if (listing === undefined) {
      listing = readdir(folder).catch(() => []);
      this.#listings.set(folder, listing);
    }
    return listing;
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
    const pointsAt = await readlink(path).catch(() => undefined);
    if (pointsAt !== undefined) return `no such file: ${shown} is a symbolic link to ${pointsAt}, which does not exist`;
    const folder = dirname(path);
    let names = this.#folderNames.get(folder);
    if (names === undefined) {
      if (this.#hints.isSpent) return `no such file: ${shown}`;
      names = new NameIndex(await this.#listing(folder), this.#hints);
      this.#folderNames.set(folder, names);
    }
    const nearest = names.nearest(basename(path));
    return nearest === undefined
      ? `no such file: ${shown}`
      : `no such file: ${shown}; did you mean "${this.#relative(join(folder, nearest))}"?`;
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
    return new Anchors(kind, anchors);
  } catch {
    return undefined;
  }
}

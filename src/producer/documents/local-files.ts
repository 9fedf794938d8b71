import { type Stats, stat } from 'node:fs';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import type { Checked } from '../../model/request-spec.ts';
import { decodePercent, fragmentName } from '../../model/url/fragment-name.ts';
import { type DocumentKind, documentKind } from './document-kind.ts';
import { Anchors, hasAnchor, KnownAnchors } from './known-anchors.ts';
import type { LocalTarget } from './link-target.ts';
import { HintBudget, NameIndex } from './name-index.ts';
import { readDocument } from './read-document.ts';

/** Larger files are not read for their anchors: a link with a fragment counts as good if the file exists. */
const MAX_ANCHOR_BYTES = 10 * 1_024 * 1_024;

/**
 * Index files of a folder, in order of preference, by the kind of document that links to the folder. Case is ignored.
 */
const INDEX_FILES: Readonly<Record<DocumentKind, readonly string[]>> = {
  html: ['index.html', 'index.htm'],
  css: ['index.html', 'index.htm'],
  markdown: ['readme.md', 'readme.markdown', 'index.md', 'index.html'],
};
/** As an index file, this means that the folder itself is enough. */
const FOLDER_ITSELF = '.';
const NO_NAMES: ReadonlySet<string> = new Set();

/** Options for looking up files. */
export interface LookupRules {
  /** Extensions to try for a missing file, or for a folder without an index file. */
  fallbackExtensions?: readonly string[];
  /** A folder must contain one of these. */
  indexFiles?: readonly string[];
}

/** The properties of a link's document that matter for the lookup. */
export interface LinkOrigin {
  kind: DocumentKind;
  /** True if it belongs to an HTML site that a web server publishes. */
  isSite: boolean;
}

/** The needed facts about a file or folder. */
interface Facts {
  isFile: boolean;
  bytes: number;
}

interface ExistingFile {
  path: string;
  bytes: number;
}

/** Looks up the targets of local links. Looks at each file once. */
export class LocalFiles {
  readonly #workingDir: string;
  readonly #rules: LookupRules;
  readonly #documents = new Set<string>();
  readonly #facts = new Map<string, Promise<Facts | string>>();
  readonly #anchors = new KnownAnchors();
  readonly #hints = new HintBudget();
  /** Names in folders. Only folders that links point at, or that lack a linked file, are listed. */
  readonly #listings = new Map<string, Promise<ReadonlySet<string>>>();
  readonly #folderNames = new Map<string, NameIndex>();
  readonly #indexNames = new Map<string, ReadonlyMap<string, string>>();
  /** For hints: anchor names of documents whose anchors are unpacked. */
  readonly #anchorNames = new WeakMap<Anchors, NameIndex>();

  /** @param workingDir absolute path */
  constructor(workingDir: string, rules: LookupRules = {}) {
    this.#workingDir = workingDir;
    this.#rules = rules;
  }

  /**
   * Adds a document that was read. It counts as existing even if there is no file, because it may have come from stdin.
   */
  addDocument(path: string, kind: DocumentKind, anchors: ReadonlySet<string>): void {
    this.#documents.add(path);
    this.#anchors.keep(path, new Anchors(kind, anchors));
  }

  /** The name of a target for output: its path relative to the working directory, with the fragment. */
  shownAs({ path, fragment }: LocalTarget): string {
    const shown = this.#relative(path);
    return fragment === '' ? shown : `${shown}#${decodePercent(fragment)}`;
  }

  isDocument(path: string): boolean {
    return this.#documents.has(path);
  }

  /** True if it is a regular file that is small enough to be read in addition to the documents. */
  async isSmallFile(path: string): Promise<boolean> {
    const facts = await this.#factsOf(path);
    return typeof facts !== 'string' && facts.isFile && facts.bytes <= MAX_ANCHOR_BYTES;
  }

  /**
   * Checks that the file or folder exists, and that the fragment points at an anchor. Files are opened only for
   * anchors, and only if they are documents.
   *
   * @param from the document that links to it
   */
  async check(target: LocalTarget, from: LinkOrigin): Promise<Checked> {
    const { path, writtenPath, fragment, rootDir } = target;
    if (this.#documents.has(path)) return this.#checkFragment(path, fragment, this.#anchors.get(path));
    const found = (await this.#existing(path)) ?? (writtenPath === path ? undefined : await this.#existing(writtenPath));
    if (found?.isFile) return this.#checkFile(found, fragment);
    const needed = this.#neededIndexFiles(from);
    if (found !== undefined && needed === undefined && fragmentName(fragment) === undefined) return 'ok';
    const index = found && (await this.#indexFileOf(found.path, from.kind));
    if (index !== undefined) return this.#checkFile(index, fragment);
    const fallback = await this.#fallbackOf(path);
    if (fallback !== undefined) return this.#checkFile(fallback, fragment);
    if (found === undefined) {
      const root = rootDir === undefined ? '' : `; / stands for ${this.#relative(rootDir)} (see --root-dir)`;
      return { code: 'FILE_NOT_FOUND', message: `${await this.#whyNotFound(path)}${root}` };
    }
    if (needed !== undefined) {
      const message = `${this.#relative(found.path)} has no index file (${needed.join(' or ')}), so a web server shows no page for it (see --index-files)`;
      return { code: 'FILE_NOT_FOUND', message };
    }
    const message = `${this.#relative(found.path)} has no index file, so no anchor #${decodePercent(fragment)}`;
    return { code: 'FRAGMENT_NOT_FOUND', message };
  }

  async #checkFile({ path, bytes }: ExistingFile, fragment: string): Promise<Checked> {
    if (fragmentName(fragment) === undefined) return 'ok';
    return this.#checkFragment(path, fragment, await this.#read(resolve(path), bytes));
  }

  /** The facts of an existing file or folder; undefined if it is missing. */
  async #existing(path: string): Promise<(Facts & { path: string }) | undefined> {
    const facts = await this.#factsOf(path);
    return typeof facts === 'string' ? undefined : { ...facts, path };
  }

  /**
   * The index files that a folder must have, or undefined. By default, only folders of an HTML site need one: elsewhere
   * a folder is shown as a list of files.
   */
  #neededIndexFiles({ isSite }: LinkOrigin): readonly string[] | undefined {
    const needed = this.#rules.indexFiles ?? (isSite ? INDEX_FILES.html : undefined);
    return needed?.includes(FOLDER_ITSELF) ? undefined : needed;
  }

  /** The existing file with one of the fallback extensions, if there is one. */
  async #fallbackOf(path: string): Promise<ExistingFile | undefined> {
    for (const extension of this.#rules.fallbackExtensions ?? []) {
      const found = await this.#existing(`${path.replace(/[/\\]+$/, '')}.${extension}`);
      if (found?.isFile) return found;
    }
    return undefined;
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
      facts = factsOf(path);
      this.#facts.set(path, facts);
    }
    return facts;
  }

  async #indexFileOf(folder: string, from: DocumentKind): Promise<ExistingFile | undefined> {
    const names = await this.#lowerNames(folder);
    for (const wanted of this.#rules.indexFiles ?? INDEX_FILES[from]) {
      const name = names.get(wanted.toLowerCase());
      if (name === undefined) continue;
      const path = join(folder, name);
      const facts = await this.#factsOf(path);
      if (typeof facts !== 'string' && facts.isFile) return { path, bytes: facts.bytes };
    }
    return undefined;
  }

  /** The names in a folder, keyed by lower-case name. */
  async #lowerNames(folder: string): Promise<ReadonlyMap<string, string>> {
    let names = this.#indexNames.get(folder);
    if (names === undefined) {
      names = new Map(Array.from(await this.#listing(folder), (name) => [name.toLowerCase(), name]));
      this.#indexNames.set(folder, names);
    }
    return names;
  }

  /** The names in a folder; empty if it cannot be read. */
  #listing(folder: string): Promise<ReadonlySet<string>> {
    let listing = this.#listings.get(folder);
    if (listing === undefined) {
      listing = this.#list(folder);
      this.#listings.set(folder, listing);
    }
    return listing;
  }

  /**
   * Lists a folder. If a parent folder is already listed and lacks this folder, nothing is read: so of many missing
   * siblings only the first costs a system call.
   */
  async #list(folder: string): Promise<ReadonlySet<string>> {
    const parent = dirname(folder);
    const siblings = await this.#listings.get(parent);
    if (siblings !== undefined && siblings.size > 0 && !siblings.has(basename(folder))) return NO_NAMES;
    try {
      return new Set(await readdir(folder));
    } catch (error) {
      if (parent !== folder && (error as NodeJS.ErrnoException).code === 'ENOENT') void this.#listing(parent);
      return NO_NAMES;
    }
  }

  async #read(path: string, bytes: number): Promise<Anchors | undefined> {
    if (!this.#anchors.has(path)) {
      const kind = documentKind(path);
      this.#anchors.keep(path, kind === undefined || bytes > MAX_ANCHOR_BYTES ? undefined : await readAnchors(path, kind));
    }
    return this.#anchors.get(path);
  }

  async #whyNotFound(path: string): Promise<string> {
    const shown = this.#relative(path);
    const code = await this.#factsOf(path);
    if (typeof code !== 'string') return `no such file: ${shown}`;
    if (path.includes('\0')) return `no such file: a file name cannot contain NUL`;
    if (code === 'EACCES' || code === 'EPERM') return `cannot access ${shown}: permission denied`;
    if (code !== 'ENOENT' && code !== 'ENOTDIR') return `cannot access ${shown}: ${code}`;
    const folder = dirname(path);
    const listing = await this.#listing(folder);
    if (listing.has(basename(path))) {
      const pointsAt = await readlink(path).catch(() => undefined);
      if (pointsAt !== undefined) return `${shown} is a symbolic link to ${pointsAt}, which does not exist`;
    }
    let names = this.#folderNames.get(folder);
    if (names === undefined) {
      if (this.#hints.isSpent || listing.size === 0) return `no such file: ${shown}`;
      names = new NameIndex(listing, this.#hints);
      this.#folderNames.set(folder, names);
    }
    const nearest = names.nearest(basename(path));
    if (nearest === undefined) return `no such file: ${shown}`;
    const extension = nearest.startsWith(`${basename(path)}.`) ? nearest.slice(basename(path).length + 1) : undefined;
    const option = extension === undefined ? '' : ` --fallback-extensions ${extension} accepts that`;
    return `no such file: ${shown}; did you mean "${this.#relative(join(folder, nearest))}"?${option}`;
  }

  #relative(path: string): string {
    const shown = relative(this.#workingDir, path).split(sep).join('/') || '.';
    return /[/\\]$/.test(path) && shown !== '.' ? `${shown}/` : shown;
  }
}

/**
 * The facts from `stat`, or its error code. Uses the callback API, because creating an error of node:fs/promises costs
 * more than the call itself, and a run may have thousands.
 */
function factsOf(path: string): Promise<Facts | string> {
  return new Promise((resolve) => {
    const done = (error: NodeJS.ErrnoException | null, found: Stats) =>
      resolve(error === null ? { isFile: found.isFile(), bytes: found.size } : (error.code ?? error.message));
    try {
      stat(path, done);
    } catch (error) {
      resolve((error as NodeJS.ErrnoException).code ?? String(error));
    }
  });
}

/** Reads the anchors of a document; undefined if it cannot be read. */
async function readAnchors(path: string, kind: DocumentKind): Promise<Anchors | undefined> {
  try {
    const { anchors } = await readDocument(await readFile(path), { name: path, kind, path });
    return new Anchors(kind, anchors);
  } catch {
    return undefined;
  }
}

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

/** A longer file is not read for its anchors: a link with a fragment to it counts as good if it is there. */
const MOST_ANCHOR_BYTES = 10 * 1_024 * 1_024;

/** The files that are shown for a folder, first choice first, where a document of that kind links to it. Case does not count. */
const INDEX_FILES: Readonly<Record<DocumentKind, readonly string[]>> = {
  html: ['index.html', 'index.htm'],
  css: ['index.html', 'index.htm'],
  markdown: ['readme.md', 'readme.markdown', 'index.md', 'index.html'],
};
/** As an index file: the folder itself. */
const FOLDER_ITSELF = '.';
const NO_NAMES: ReadonlySet<string> = new Set();

/** How files are looked up. */
export interface LookupRules {
  /** Tried behind the name of a file that is missing, or of a folder without an index file. */
  fallbackExtensions?: readonly string[];
  /** A folder needs one of them. */
  indexFiles?: readonly string[];
}

/** What matters of the document in which a link stands. */
export interface LinkOrigin {
  kind: DocumentKind;
  /** It is part of a site of HTML, whose folders are shown by a web server. */
  isSite: boolean;
}

/** What is asked of a file. */
interface Facts {
  isFile: boolean;
  bytes: number;
}

interface ExistingFile {
  path: string;
  bytes: number;
}

/** Looks at what local links lead to, at each file once. */
export class LocalFiles {
  readonly #workingDir: string;
  readonly #rules: LookupRules;
  readonly #documents = new Set<string>();
  readonly #facts = new Map<string, Promise<Facts | string>>();
  readonly #anchors = new KnownAnchors();
  readonly #hints = new HintBudget();
  /** Names in folders, as far as links lead to folders or to files that are missing from them. */
  readonly #listings = new Map<string, Promise<ReadonlySet<string>>>();
  readonly #folderNames = new Map<string, NameIndex>();
  readonly #indexNames = new Map<string, ReadonlyMap<string, string>>();
  /** Of documents whose anchors are unpacked. */
  readonly #anchorNames = new WeakMap<Anchors, NameIndex>();

  /** @param workingDir absolute */
  constructor(workingDir: string, rules: LookupRules = {}) {
    this.#workingDir = workingDir;
    this.#rules = rules;
  }

  /** A document that was read, so that it is there, whatever its path says: it may have come through stdin. */
  know(path: string, kind: DocumentKind, anchors: ReadonlySet<string>): void {
    this.#documents.add(path);
    this.#anchors.keep(path, new Anchors(kind, anchors));
  }

  /** How a target is called, whether or not it is there. */
  shownAs({ path, fragment }: LocalTarget): string {
    const shown = this.#relative(path);
    return fragment === '' ? shown : `${shown}#${decodePercent(fragment)}`;
  }

  isDocument(path: string): boolean {
    return this.#documents.has(path);
  }

  /** Whether it is a file that is not too long to be read beside the documents. */
  async isSmallFile(path: string): Promise<boolean> {
    const facts = await this.#factsOf(path);
    return typeof facts !== 'string' && facts.isFile && facts.bytes <= MOST_ANCHOR_BYTES;
  }

  /**
   * Whether the file or folder is there, and what the fragment points at. Files are opened only for that, and only if they are documents.
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

  /** What is there, file or folder. */
  async #existing(path: string): Promise<(Facts & { path: string }) | undefined> {
    const facts = await this.#factsOf(path);
    return typeof facts === 'string' ? undefined : { ...facts, path };
  }

  /** Without a rule, only a site of HTML needs them: elsewhere a folder is shown as a list of its files. */
  #neededIndexFiles({ isSite }: LinkOrigin): readonly string[] | undefined {
    const needed = this.#rules.indexFiles ?? (isSite ? INDEX_FILES.html : undefined);
    return needed?.includes(FOLDER_ITSELF) ? undefined : needed;
  }

  /** The file that a site shows for a path without an extension. */
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

  /** The names in a folder, by their lower case. */
  async #lowerNames(folder: string): Promise<ReadonlyMap<string, string>> {
    let names = this.#indexNames.get(folder);
    if (names === undefined) {
      names = new Map(Array.from(await this.#listing(folder), (name) => [name.toLowerCase(), name]));
      this.#indexNames.set(folder, names);
    }
    return names;
  }

  /** Nothing of a folder that cannot be read. */
  #listing(folder: string): Promise<ReadonlySet<string>> {
    let listing = this.#listings.get(folder);
    if (listing === undefined) {
      listing = this.#list(folder);
      this.#listings.set(folder, listing);
    }
    return listing;
  }

  /** Of many missing folders beside each other, only the first is looked for. */
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
      this.#anchors.keep(path, kind === undefined || bytes > MOST_ANCHOR_BYTES ? undefined : await readAnchors(path, kind));
    }
    return this.#anchors.get(path);
  }

  async #whyNotFound(path: string): Promise<string> {
    const shown = this.#relative(path);
    const code = await this.#factsOf(path);
    if (typeof code !== 'string') return `no such file: ${shown}`;
    if (path.includes('\0')) return `no such file: a file name cannot contain NUL`;
    if (code === 'EACCES' || code === 'EPERM') return `cannot look at ${shown}: permission denied`;
    if (code !== 'ENOENT' && code !== 'ENOTDIR') return `cannot look at ${shown}: ${code}`;
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

/** What `stat` finds, or its error code. By callback: an error of node:fs/promises costs more than the call, and a run may have thousands. */
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

/** What cannot be read has no anchors that are known. */
async function readAnchors(path: string, kind: DocumentKind): Promise<Anchors | undefined> {
  try {
    const { anchors } = await readDocument(await readFile(path), { name: path, kind, path });
    return new Anchors(kind, anchors);
  } catch {
    return undefined;
  }
}

import { readFile } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import type { LinkLine } from '../../model/lines/link-line.ts';
import { parseSeedLine } from '../../model/lines/seed-line.ts';
import { type Exclusion, exclusionBy, strippedSeed } from '../../model/lines/seed-rules.ts';
import { type Log, silentLog } from '../../model/log.ts';
import { fragmentName } from '../../model/url/fragment-name.ts';
import { localUrl } from '../../model/url/local-target.ts';
import { compileStripParams, type StripParams } from '../../model/url/strip-params.ts';
import { maskCredentials, withoutCredentials } from '../../model/url/without-credentials.ts';
import { MAX_URL_CHARACTERS } from '../../parse/links/resolver.ts';
import type { DocumentKind } from './document-kind.ts';
import { GroupedLinks, type LinkGroup, type Place, placesOf, wantFragment } from './grouped-links.ts';
import { documentUrl, type LinkTarget, type LocalTarget, linkTarget } from './link-target.ts';
import { type LinkOrigin, LocalFiles, type LookupRules } from './local-files.ts';
import { type FoundLink, readDocument } from './read-document.ts';
import { Remaps } from './remaps.ts';
import { isRepositoryPage } from './repository-page.ts';
import { RootDirs } from './root-dir.ts';
import { WikiPages } from './wiki-pages.ts';

/** A document that can be read. */
export interface OpenDocument {
  /** The name under which it was given. */
  name: string;
  kind: DocumentKind;
  /** Absolute path. For stdin, a made-up path that its links are relative to. */
  path: string;
  /** Absolute path of the folder that `/` stands for in its links, if an option sets it. */
  rootDir?: string;
  read(signal: AbortSignal): Promise<Uint8Array>;
}

/** Options for how links of documents are looked up. */
export interface LinkRules extends LookupRules {
  /** Rules in the form that `splitRemap` parses. */
  remaps?: readonly string[];
  /** True if `[[page]]` is a link. */
  wikiLinks?: boolean;
}

export interface DocumentLinksOptions extends LinkRules {
  /** Absolute path. */
  workingDir: string;
  /** The run's options of these names; they apply to links of documents too. */
  stripParams: readonly string[];
  exclude?: readonly string[];
  excludeFragments?: readonly string[];
  log?: Log;
}

const MESSAGES = { unreadable: 'not a valid URL', 'too-long': 'not a valid URL: it is longer than 8,192 characters' } as const;

/** The target of a group of equal links. */
type Target =
  | { kind: 'web'; url: string }
  | { kind: keyof typeof MESSAGES; url: string }
  /** The result is known without looking it up: an excluded link, or a document that cannot be read. */
  | { kind: 'settled'; url: string; checked: NonNullable<LinkLine['checked']> }
  | { kind: 'local'; link: LocalTarget; shown: string; from: LinkOrigin; isRepositoryPage: boolean };

/**
 * Yields the links of documents as lines of JSON, see `LinkLine`: each link once, with all its places, in order of
 * first occurrence. To do so, it reads all documents before it yields the first line, and holds their distinct links in
 * memory. Local links are checked here, and local style sheets that documents load are read too. A document that cannot
 * be read gives a line of its own.
 */
export async function* documentLinks(
  documents: readonly OpenDocument[],
  options: DocumentLinksOptions,
  signal: AbortSignal,
): AsyncGenerator<string, void, undefined> {
  const collector = new LinkCollector(documents, options);
  for (const document of documents) {
    signal.throwIfAborted();
    await collector.read(document, signal);
    await setImmediate();
  }
  await collector.readStyleSheets(signal);
  for await (const line of collector.lines()) {
    signal.throwIfAborted();
    yield JSON.stringify(line);
  }
}

class LinkCollector {
  readonly #links = new GroupedLinks<Target>();
  readonly #options: DocumentLinksOptions;
  readonly #log: Log;
  readonly #files: LocalFiles;
  readonly #roots: RootDirs;
  readonly #strip: StripParams;
  readonly #remaps: Remaps;
  readonly #wikiPages: WikiPages | undefined;
  readonly #excluding: readonly RegExp[];
  readonly #excludingFragments: readonly RegExp[];
  /** Local style sheets that documents load, by path. */
  readonly #styleSheets = new Map<string, { name: string; rootDir: string }>();

  constructor(documents: readonly OpenDocument[], options: DocumentLinksOptions) {
    const { workingDir, stripParams, exclude = [], excludeFragments = [], remaps = [], wikiLinks = false, log = silentLog } = options;
    this.#options = options;
    this.#log = log;
    this.#files = new LocalFiles(workingDir, options);
    this.#roots = new RootDirs(workingDir);
    this.#strip = compileStripParams(stripParams);
    this.#remaps = new Remaps(remaps, workingDir);
    this.#wikiPages = wikiLinks ? new WikiPages(documents.map(({ path }) => path)) : undefined;
    this.#excluding = exclude.map((source) => new RegExp(source));
    this.#excludingFragments = excludeFragments.map((source) => new RegExp(source));
  }

  /** Reads a document and adds its links. A bad file does not stop the others. */
  async read(document: OpenDocument, signal: AbortSignal): Promise<void> {
    const { name, kind, path } = document;
    try {
      const rootDir = document.rootDir ?? (await this.#roots.of(path));
      const { links, anchors, note } = await readDocument(await document.read(signal), document, this.#options);
      if (note !== undefined) this.#log.warn({ event: 'document-note' }, note);
      this.#files.addDocument(path, kind, anchors);
      const base = documentUrl(path);
      for (const link of links) this.#take(link, this.#targetFor(link, { path, base, rootDir }), document, rootDir);
    } catch (error) {
      if (signal.aborted) throw error;
      this.#fail(name, path, error as Error);
    }
  }

  /** Reads the style sheets that documents load, and those that these import. */
  async readStyleSheets(signal: AbortSignal): Promise<void> {
    // Style sheets that are added during the loop are read too.
    for (const [path, { name, rootDir }] of this.#styleSheets) {
      signal.throwIfAborted();
      const read = () => readFile(path, { signal });
      if (await this.#files.isSmallFile(path)) await this.read({ name, kind: 'css', path, rootDir, read }, signal);
    }
  }

  async *lines(): AsyncGenerator<LinkLine, void, undefined> {
    for (const group of this.#links) yield { ...(await this.#targetOf(group)), ...placesOf(group) };
  }

  /** Records that a document cannot be read. Its row fails even if links to it are good. */
  #fail(name: string, path: string, error: Error): void {
    const shown = this.#files.shownAs({ kind: 'local', path, writtenPath: path, fragment: '' });
    const url = localUrl(shown);
    const target: Target = { kind: 'settled', url, checked: { code: 'UNREADABLE', message: error.message } };
    this.#links.add(url, target, { source: name }).target = target;
  }

  #targetFor(
    { href, problem, isWiki }: FoundLink,
    { path, base, rootDir }: { path: string; base: string; rootDir: string },
  ): LinkTarget | { kind: 'too-long' } {
    if (problem !== undefined) return { kind: problem };
    const target = linkTarget(isWiki && this.#wikiPages !== undefined ? this.#wikiPages.linkTo(href, path) : href, base, rootDir);
    if (target.kind === 'web') return this.#remaps.apply(target) ?? target;
    return target.kind === 'local' && href.length > MAX_URL_CHARACTERS ? { kind: 'too-long' } : target;
  }

  #take(
    link: FoundLink,
    target: LinkTarget | { kind: 'too-long' },
    { name, kind, path, rootDir: givenRoot }: OpenDocument,
    rootDir: string,
  ): void {
    if (target.kind === 'other') return;
    const { href, input, line } = link;
    const place: Place = { source: name, ...(line !== undefined && { line }) };
    if (target.kind === 'unreadable' || target.kind === 'too-long') {
      const excluded = exclusionBy(maskCredentials(href), this.#excluding);
      if (excluded !== undefined) this.#exclude(maskCredentials(href), excluded, place, input);
      else this.#links.add(`${target.kind} ${href}`, { kind: target.kind, url: href }, place);
    } else if (target.kind === 'web') this.#takeWeb(target, place, input);
    else if (target.path !== path || !['', 'top'].includes(target.fragment)) {
      const shown = this.#files.shownAs(target);
      const excludesFragment = this.#excludingFragments.some((pattern) => pattern.test(shown));
      const local = excludesFragment ? { ...target, fragment: '' } : target;
      const repositoryPage = kind === 'markdown' && isRepositoryPage(href, target.path, path, rootDir);
      this.#links.add(
        localUrl(shown),
        {
          kind: 'local',
          link: local,
          shown,
          from: { kind, isSite: kind === 'html' && givenRoot !== undefined },
          isRepositoryPage: repositoryPage,
        },
        place,
        input,
      );
      if (link.isResource && /\.css$/i.test(target.path) && !this.#files.isDocument(target.path))
        this.#styleSheets.set(target.path, { name: this.#files.shownAs({ ...target, fragment: '' }), rootDir });
    }
  }

  #takeWeb({ url, fragment }: Extract<LinkTarget, { kind: 'web' }>, place: Place, input: string | undefined): void {
    const seed = strippedSeed(parseSeedLine(url), this.#strip);
    const key = seed.kind === 'url' ? seed.key : url;
    if (fragment === '') {
      this.#links.add(key, { kind: 'web', url }, place, input);
      return;
    }
    const shown = withoutCredentials(seed.kind === 'url' ? seed.url : url);
    const withFragment = `${shown}#${fragment}`;
    // If the URL without its fragment matches too, the seed rules exclude all links to it together later.
    const excluded = exclusionBy(withFragment, this.#excluding);
    if (excluded !== undefined && exclusionBy(shown, this.#excluding) === undefined) {
      this.#exclude(withFragment, excluded, place, input);
      return;
    }
    const group = this.#links.add(key, { kind: 'web', url }, place, input);
    if (fragmentName(fragment) !== undefined && !this.#excludingFragments.some((pattern) => pattern.test(withFragment)))
      wantFragment(group, withFragment);
  }

  #exclude(shown: string, checked: Exclusion, place: Place, input: string | undefined): void {
    this.#links.add(`excluded ${shown}`, { kind: 'settled', url: localUrl(shown), checked }, place, input);
  }

  async #targetOf({ target }: LinkGroup<Target>): Promise<Pick<LinkLine, 'url' | 'checked'>> {
    if (target.kind === 'web') return { url: target.url };
    if (target.kind === 'settled') return { url: target.url, checked: target.checked };
    if (target.kind !== 'local') return { url: target.url, checked: { code: 'NOT_A_URL', message: MESSAGES[target.kind] } };
    const checked = await this.#files.check(target.link, target.from);
    const url = localUrl(target.shown);
    if (!target.isRepositoryPage || checked === 'ok' || checked.code !== 'FILE_NOT_FOUND') return { url, checked };
    const message = 'a page of the code host, such as an issue, not a file of the repository';
    return { url, checked: { verdict: 'out-of-scope', code: 'REPOSITORY_PAGE', message } };
  }
}

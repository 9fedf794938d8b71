import { setImmediate } from 'node:timers/promises';
import { fragmentName } from '../core/fragment-name.ts';
import type { LinkLine } from '../core/link-line.ts';
import { localUrl } from '../core/local-target.ts';
import { parseSeedLine } from '../core/seed-line.ts';
import { compileStripParams, type StripParams } from '../core/strip-params.ts';
import { strippedSeed } from '../core/strip-seed.ts';
import { withoutCredentials } from '../core/without-credentials.ts';
import type { DocumentKind } from './document-kind.ts';
import { GroupedLinks, type LinkGroup, type Place, placesOf, wantFragment } from './grouped-links.ts';
import { documentUrl, type LinkTarget, linkTarget } from './link-target.ts';
import { LocalFiles } from './local-files.ts';
import { type FoundLink, readDocument } from './read-document.ts';
import { RootDirs } from './root-dir.ts';

/** A document that can be read. */
export interface OpenDocument {
  /** As it was named. */
  name: string;
  kind: DocumentKind;
  /** Absolute; of stdin, one that its links are relative to. */
  path: string;
  /** What `/` stands for in its links, where that was said: an absolute path. */
  rootDir?: string;
  read(signal: AbortSignal): Promise<Uint8Array>;
}

export interface DocumentLinksOptions {
  /** Absolute. */
  workingDir: string;
  /** What the run strips, so that its links are told apart as it does. */
  stripParams: readonly string[];
}

const MESSAGES = { unreadable: 'not a valid URL', 'too-long': 'not a valid URL: it is longer than 8,192 characters' } as const;

/** Where a group leads. */
type Target =
  | { kind: 'web'; url: string }
  | { kind: keyof typeof MESSAGES; url: string }
  | { kind: 'local'; link: LocalTarget; shown: string; from: DocumentKind };
type LocalTarget = Extract<LinkTarget, { kind: 'local' }>;

/**
 * The links of documents as lines of JSON, see `LinkLine`: each link once, in the order in which they stand first, with all its places. So all documents are read before the first line is
 * given, and their distinct links held. Local ones are looked at here.
 */
export async function* documentLinks(
  documents: readonly OpenDocument[],
  { workingDir, stripParams }: DocumentLinksOptions,
  signal: AbortSignal,
): AsyncGenerator<string, void, undefined> {
  const gathering = new Gathering(workingDir, compileStripParams(stripParams));
  for (const document of documents) {
    signal.throwIfAborted();
    await gathering.read(document, signal);
    await setImmediate();
  }
  for await (const line of gathering.lines()) {
    signal.throwIfAborted();
    yield JSON.stringify(line);
  }
}

class Gathering {
  readonly #links = new GroupedLinks<Target>();
  readonly #files: LocalFiles;
  readonly #roots: RootDirs;
  readonly #strip: StripParams;

  constructor(workingDir: string, strip: StripParams) {
    this.#files = new LocalFiles(workingDir);
    this.#roots = new RootDirs(workingDir);
    this.#strip = strip;
  }

  async read(document: OpenDocument, signal: AbortSignal): Promise<void> {
    const { kind, path } = document;
    const rootDir = document.rootDir ?? (await this.#roots.of(path));
    const { links, anchors } = await readDocument(await document.read(signal), document);
    this.#files.know(path, kind, anchors);
    const base = documentUrl(path);
    for (const link of links) {
      this.#take(link, link.problem === undefined ? linkTarget(link.href, base, rootDir) : { kind: link.problem }, document);
    }
  }

  #take({ href, input, line }: FoundLink, target: LinkTarget | { kind: 'too-long' }, { name, kind, path }: OpenDocument): void {
    if (target.kind === 'other') return;
    const place: Place = { source: name, ...(line !== undefined && { line }) };
    if (target.kind === 'unreadable' || target.kind === 'too-long') {
      this.#links.add(`${target.kind} ${href}`, { kind: target.kind, url: href }, place);
    } else if (target.kind === 'web') {
      const { url, fragment } = target;
      const seed = strippedSeed(parseSeedLine(url), this.#strip);
      const key = seed.kind === 'url' ? seed.key : url;
      const group = this.#links.add(key, { kind: 'web', url }, place, input);
      if (fragmentName(fragment) !== undefined)
        wantFragment(group, `${withoutCredentials(seed.kind === 'url' ? seed.url : url)}#${fragment}`);
    } else if (target.path !== path || !['', 'top'].includes(target.fragment)) {
      const shown = this.#files.shownAs(target);
      this.#links.add(localUrl(shown), { kind: 'local', link: target, shown, from: kind }, place, input);
    }
  }

  async *lines(): AsyncGenerator<LinkLine, void, undefined> {
    for (const group of this.#links) yield { ...(await this.#targetOf(group)), ...placesOf(group) };
  }

  async #targetOf({ target }: LinkGroup<Target>): Promise<Pick<LinkLine, 'url' | 'checked'>> {
    if (target.kind === 'web') return { url: target.url };
    if (target.kind !== 'local') return { url: target.url, checked: { code: 'NOT_A_URL', message: MESSAGES[target.kind] } };
    return { url: localUrl(target.shown), checked: await this.#files.check(target.link, target.from) };
  }
}

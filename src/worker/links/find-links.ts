import type { FoundLinks } from '../../engine/ending.ts';
import type { Visit } from '../../engine/visit.ts';
import type { PageBudget } from '../../fetch/body/page-budget.ts';
import { specialAddress } from '../../fetch/dns/special-address.ts';
import type { FetchedResponse, ResponseContent } from '../../fetch/fetch-result.ts';
import type { Entry } from '../../model/entry.ts';
import type { Outcome } from '../../model/outcome.ts';
import type { RunOptions } from '../../model/run-options.ts';
import { urlKey } from '../../model/url/canonical-url.ts';
import { packKeys } from '../../model/url/link-keys.ts';
import { withoutCredentials } from '../../model/url/without-credentials.ts';
import { readLinks } from '../../parse/links/read-links.ts';
import { productToken } from '../../parse/robots/product-token.ts';
import { Turns } from '../turns.ts';
import { JudgedLinks, JudgementCache } from './judged-links.ts';
import { PageLinks } from './page-links.ts';

/** Links handled between two checks of the time slice. Handling this many takes less than a millisecond. */
const SLICE = 100;
/**
 * Maximum of link keys, and of anchor keys, in a row. A key has 8 characters, so a row stays far below a megabyte.
 * Fragments of a page with more anchors are not checked.
 */
const MAX_KEYS = 40_000;
/**
 * Upper bound of the memory that one link takes until its page is settled: as written, resolved, judged, and as an
 * entry. Measured with URLs of 60 characters.
 */
const LINK_BYTES = 800;

/** What was found on a page: the links to follow, and the fields of its outcome. */
export interface PageFindings {
  found: FoundLinks;
  fields: Pick<Outcome, 'links' | 'linkKeys' | 'anchors' | 'fragments' | 'moreFragments' | 'skippedLinks'>;
}

/**
 * True if the links of the entry's page are read, should it be fetched with verdict `ok`. At the greatest depth too, so
 * that the links skipped there are counted.
 */
export function wantsLinks(entry: Entry, options: RunOptions): boolean {
  return options.depth > 0 && entry.depth <= options.depth && !entry.external;
}

/** Finds the links on pages, according to the options of each page's run. */
export class LinkFinder {
  readonly #budget: PageBudget;
  readonly #cache = new JudgementCache();
  readonly #judges = new WeakMap<RunOptions, Promise<JudgedLinks>>();

  constructor(budget: PageBudget) {
    this.#budget = budget;
  }

  /**
   * Finds the links of a response with verdict `ok`. It may raise the response's share of the page budget, to make room
   * for them. Returns undefined if the response's content was not kept.
   */
  async find(entry: Entry, response: FetchedResponse, visit: Visit): Promise<PageFindings | undefined> {
    const { options } = visit;
    const { content, contentType, finalUrl } = response;
    if (content === undefined) return undefined;
    const url = finalUrl ?? withoutCredentials(entry.url);
    const document = await readLinks(content.body, {
      url,
      contentType,
      linkHeaders: headerValues(content.rawHeaders, 'link'),
      refreshHeaders: headerValues(content.rawHeaders, 'refresh'),
      robotsHeaders: options.robots ? headerValues(content.rawHeaders, 'x-robots-tag') : [],
      resources: options.links === 'all',
      anchors: options.fragments,
      robot: productToken(options.userAgent).toLowerCase(),
      takeRoom: this.#roomOf(content),
    });
    const isPrivate = options.privateAddresses === 'linked' && specialAddress(response.remoteAddress ?? '') !== undefined;
    const page = new PageLinks(entry, { url: new URL(url), isPrivate }, await this.#judgesOf(options), options, visit.nowMs());
    const turns = new Turns();
    for (const links of slicesOf(document.links)) {
      for (const link of links) page.take(link);
      await turns.pass();
    }
    page.leaveOut('other-scheme', document.otherSchemes);
    for (const link of document.unreadable) page.takeUnreadable(link);
    if (document.cut) page.leaveOut('too-many-links', 1);
    const { entries, leftOut, fragments, moreFragments, skippedLinks } = page.found();
    const fields: PageFindings['fields'] = { links: entries.length };
    if (entries.length > 0) fields.linkKeys = await packed(entries.slice(0, MAX_KEYS), ({ key }) => key, turns);
    if (document.anchors !== undefined && document.anchors.length <= MAX_KEYS)
      fields.anchors = await packed(document.anchors, urlKey, turns);
    if (fragments.length > 0) fields.fragments = fragments;
    if (moreFragments > 0) fields.moreFragments = moreFragments;
    if (skippedLinks.length > 0) fields.skippedLinks = skippedLinks;
    return { found: { entries, leftOut }, fields };
  }

  /**
   * Returns the anchors, the possible targets of fragments, of a response with verdict `ok` whose links are not wanted.
   * Returns nothing if it is not HTML.
   */
  async findAnchors({ content, contentType, finalUrl }: FetchedResponse): Promise<Pick<Outcome, 'anchors'>> {
    if (content === undefined) return {};
    const url = finalUrl ?? 'http://localhost/';
    const { anchors } = await readLinks(content.body, {
      url,
      contentType,
      resources: false,
      anchors: true,
      robot: '',
      takeRoom: this.#roomOf(content),
    });
    return anchors === undefined || anchors.length > MAX_KEYS ? {} : { anchors: await packed(anchors, urlKey, new Turns()) };
  }

  #roomOf(content: ResponseContent): (links: number) => Promise<void> {
    const bodyBytes = content.share?.bytes ?? 0;
    return (links) => {
      content.share ??= this.#budget.open();
      return content.share.raised(bodyBytes + links * LINK_BYTES);
    };
  }

  #judgesOf(options: RunOptions): Promise<JudgedLinks> {
    let judges = this.#judges.get(options);
    if (judges === undefined) {
      judges = JudgedLinks.of(options, this.#cache);
      this.#judges.set(options, judges);
    }
    return judges;
  }
}

/** Like `packKeys` for all items, but yields to the event loop in between. */
async function packed<Item>(items: readonly Item[], keyOf: (item: Item) => string, turns: Turns): Promise<string> {
  let text = '';
  for (const slice of slicesOf(items)) {
    text += packKeys(slice.map(keyOf));
    await turns.pass();
  }
  return text;
}

function* slicesOf<Item>(items: readonly Item[]): Generator<readonly Item[]> {
  if (items.length <= SLICE) yield items;
  else for (let at = 0; at < items.length; at += SLICE) yield items.slice(at, at + SLICE);
}

/** All values of a header in raw headers (name, value, name, value …). `name` is in lower case. */
function headerValues(rawHeaders: readonly Buffer[], name: string): string[] {
  const values: string[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const raw = rawHeaders[index] as Buffer;
    if (raw.length === name.length && raw.toString('latin1').toLowerCase() === name)
      values.push((rawHeaders[index + 1] as Buffer).toString('latin1'));
  }
  return values;
}

import type { FoundLinks, Visit } from '../../engine/engine.ts';
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

/** Links of a page after which it is asked whether others are to go on: less than a millisecond. */
const SLICE = 100;
/** Keys of links, and of anchors, that a row holds: 8 characters each, so that no row comes near a megabyte. A page with more anchors is not judged for its fragments. */
const MOST_KEYS = 40_000;
/** What a link of a page takes until it is settled, at most: as it was written, resolved, judged, and as an entry. Measured with URLs of 60 characters. */
const LINK_BYTES = 800;

/** What was found on a page: what leads on, and what its outcome says of it. */
export interface PageFindings {
  found: FoundLinks;
  told: Pick<Outcome, 'links' | 'linkKeys' | 'anchors' | 'fragments' | 'moreFragments' | 'skippedLinks'>;
}

/** True if the links on the entry's page are wanted, once it is there and ok: also at the greatest depth, so that what is left out there is counted. */
export function wantsLinks(entry: Entry, options: RunOptions): boolean {
  return options.depth > 0 && entry.depth <= options.depth && !entry.external;
}

/** Finds the links on pages, by the rules of each page's run. */
export class LinkFinder {
  readonly #budget: PageBudget;
  readonly #cache = new JudgementCache();
  readonly #judges = new WeakMap<RunOptions, Promise<JudgedLinks>>();

  constructor(budget: PageBudget) {
    this.#budget = budget;
  }

  /** The links of a response that is ok, which may take a larger share of the page budget for them; undefined if nothing of it was kept. */
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
    const told: PageFindings['told'] = { links: entries.length };
    if (entries.length > 0) told.linkKeys = await packed(entries.slice(0, MOST_KEYS), ({ key }) => key, turns);
    if (document.anchors !== undefined && document.anchors.length <= MOST_KEYS)
      told.anchors = await packed(document.anchors, urlKey, turns);
    if (fragments.length > 0) told.fragments = fragments;
    if (moreFragments > 0) told.moreFragments = moreFragments;
    if (skippedLinks.length > 0) told.skippedLinks = skippedLinks;
    return { found: { entries, leftOut }, told };
  }

  /** What fragments can point at on the page of a response that is ok, where its links are not wanted. Nothing if it is not HTML. */
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
    return anchors === undefined || anchors.length > MOST_KEYS ? {} : { anchors: await packed(anchors, urlKey, new Turns()) };
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

/** As `packKeys` packs all of them at once. */
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

/** The values of a header, of which there may be several, in raw headers (name, value, name, value …). `name` is in lower case. */
function headerValues(rawHeaders: readonly Buffer[], name: string): string[] {
  const values: string[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const raw = rawHeaders[index] as Buffer;
    if (raw.length === name.length && raw.toString('latin1').toLowerCase() === name)
      values.push((rawHeaders[index + 1] as Buffer).toString('latin1'));
  }
  return values;
}

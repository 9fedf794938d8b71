import { elementLinks } from './element-links.ts';
import { ATTRIBUTE, TAG } from './markup-names.ts';
import type { TagScanner } from './tag-scanner.ts';
import type { WrittenLinks } from './written-links.ts';

/** Relations of Atom links that are endpoints or queries, not documents. */
const NO_DOCUMENT = /(?:^|\/)(?:hub|edit|edit-media|service|search|monitor|salmon)$/i;

/**
 * Collects the links of a start tag in RSS (0.9 to 2.0, with Media RSS) or Atom (RFC 4287), and those of XHTML in an
 * entry.
 */
export function feedElementLinks(scanner: TagScanner, written: WrittenLinks): void {
  switch (scanner.tag) {
    case TAG.link: {
      const href = scanner.value(ATTRIBUTE.href);
      const relation = scanner.value(ATTRIBUTE.rel) ?? 'alternate';
      if (href === undefined || NO_DOCUMENT.test(relation)) break;
      if (/(?:^|\/)enclosure$/i.test(relation)) written.resource(href);
      else written.page(href);
      break;
    }
    case TAG.enclosure:
    case TAG.thumbnail:
      written.resource(scanner.value(ATTRIBUTE.url));
      break;
    case TAG.content:
      // `url` is from Media RSS, `src` from Atom.
      written.resource(scanner.value(ATTRIBUTE.url));
      written.page(scanner.value(ATTRIBUTE.src));
      break;
    case TAG.image:
      written.resource(scanner.value(ATTRIBUTE.href));
      break;
    default:
      elementLinks(scanner, written);
  }
}

/** True if the text of the current element is a link. */
export function hasFeedText(scanner: TagScanner): boolean {
  switch (scanner.tag) {
    case TAG.link:
    case TAG.comments:
    case TAG.url:
    case TAG.icon:
    case TAG.logo:
      return true;
    default:
      return scanner.tag === TAG.guid && scanner.value(ATTRIBUTE.ispermalink)?.trim().toLowerCase() !== 'false';
  }
}

/** Collects the link that is the text of an element. */
export function feedTextLink(tag: number, text: string, written: WrittenLinks): void {
  const link = text.trim();
  if (link === '') return;
  if (tag === TAG.url || tag === TAG.icon || tag === TAG.logo) written.resource(link);
  // By the specification a `guid` is a URL unless it says otherwise, but many feeds do not mark those that are only
  // identifiers.
  else if (tag !== TAG.guid || /^https?:/i.test(link)) written.page(link);
}

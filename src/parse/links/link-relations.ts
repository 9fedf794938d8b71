/** Relations to other pages of the site. `previous` is the name of `prev` in HTML 4. */
const PAGES = new Set(['canonical', 'alternate', 'next', 'prev', 'previous']);
/**
 * Relations to resources that a browser loads or may load with the page, and relations of the HTML Standard and of IANA
 * to related documents, which are only checked together with resources.
 */
const RESOURCES = new Set(
  'stylesheet icon preload modulepreload prefetch manifest search apple-touch-icon apple-touch-icon-precomposed apple-touch-startup-image mask-icon fluid-icon image_src first last start begin end up top home contents toc index chapter section subsection appendix glossary help license copyright author bookmark amphtml shortlink prerender privacy-policy terms-of-service'.split(
    ' ',
  ),
);

/**
 * The kind of document that a `<link rel>` or Link header points at. Undefined if it is not a document: `preconnect`
 * and `dns-prefetch` name hosts, and `pingback` and the like are endpoints. `alternate stylesheet` is a style sheet,
 * but `alternate icon` counts as an alternate page.
 *
 * @param relations in lower case
 */
export function kindOfRelation(relations: readonly string[]): 'page' | 'resource' | undefined {
  if (relations.includes('stylesheet')) return 'resource';
  if (relations.some((relation) => PAGES.has(relation))) return 'page';
  return relations.some((relation) => RESOURCES.has(relation)) ? 'resource' : undefined;
}

/**
 * True if a link must not be followed. Google treats `sponsored` and `ugc` like `nofollow` (Search Central, "Qualify
 * your outbound links to Google").
 *
 * @param relation the value of a `rel` attribute
 */
export function saysNofollow(relation: string): boolean {
  return /(?:^|[\t\n\f\r ])(?:nofollow|sponsored|ugc)(?:$|[\t\n\f\r ])/i.test(relation);
}

/** Splits a `rel` attribute into tokens, in lower case. */
export function relationsOf(relation: string): string[] {
  return relation.toLowerCase().split(/[\t\n\f\r ]+/);
}

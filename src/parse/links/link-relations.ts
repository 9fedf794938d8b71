/** A page that is a part of the site, as this one is. `previous` is what HTML 4 called `prev`. */
const PAGES = new Set(['canonical', 'alternate', 'next', 'prev', 'previous']);
/** What a browser loads with the page, or may; and the HTML Standard's and IANA's names for what goes with it, which is only looked at together with that. */
const RESOURCES = new Set(
  'stylesheet icon preload modulepreload prefetch manifest search apple-touch-icon apple-touch-icon-precomposed apple-touch-startup-image mask-icon fluid-icon image_src first last start begin end up top home contents toc index chapter section subsection appendix glossary help license copyright author bookmark amphtml shortlink prerender privacy-policy terms-of-service'.split(
    ' ',
  ),
);

/**
 * Kind of what a `<link rel>` or Link header leads to; undefined if it is no document: `preconnect` and `dns-prefetch` name hosts, `pingback` and the like are
 * addresses to send something to. `alternate stylesheet` is a style sheet; `alternate icon` is an alternate of the page all the same.
 *
 * @param relations in lower case
 */
export function kindOfRelation(relations: readonly string[]): 'page' | 'resource' | undefined {
  if (relations.includes('stylesheet')) return 'resource';
  if (relations.some((relation) => PAGES.has(relation))) return 'page';
  return relations.some((relation) => RESOURCES.has(relation)) ? 'resource' : undefined;
}

/**
 * Whether a link is not to be followed: Google reads `sponsored` and `ugc` as it reads `nofollow` (Search Central, "Qualify your outbound links to Google").
 *
 * @param relation value of a `rel` attribute
 */
export function saysNofollow(relation: string): boolean {
  return /(?:^|[\t\n\f\r ])(?:nofollow|sponsored|ugc)(?:$|[\t\n\f\r ])/i.test(relation);
}

/** The tokens of a `rel` attribute, in lower case. */
export function relationsOf(relation: string): string[] {
  return relation.toLowerCase().split(/[\t\n\f\r ]+/);
}

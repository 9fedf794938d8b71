import { cssUrls } from './css-urls.ts';
import { kindOfRelation, relationsOf, saysNofollow } from './link-relations.ts';
import { ATTRIBUTE, TAG } from './markup-names.ts';
import { refreshUrl } from './refresh-url.ts';
import { contentSaysNofollow } from './robots-directives.ts';
import { srcsetUrls } from './srcset-urls.ts';
import type { TagScanner } from './tag-scanner.ts';
import type { WrittenLinks } from './written-links.ts';

/** Gathers the links of the start tag of an HTML or SVG element; not those in the text of a `<style>` nor in a `srcdoc`. */
export function elementLinks(scanner: TagScanner, written: WrittenLinks): void {
  const { resources, anchors } = written.reading;
  if (anchors) {
    written.anchor(scanner.value(ATTRIBUTE.id));
    if (scanner.tag === TAG.a) written.anchor(scanner.value(ATTRIBUTE.name));
  }
  if (resources && scanner.has(ATTRIBUTE.style)) for (const url of cssUrls(scanner.value(ATTRIBUTE.style) ?? '')) written.style(url);
  switch (scanner.tag) {
    case TAG.a:
    case TAG.area:
      written.page(reference(scanner), saysNofollow(scanner.value(ATTRIBUTE.rel) ?? ''));
      break;
    case TAG.frame:
    case TAG.iframe: {
      const source = scanner.value(ATTRIBUTE.src);
      // It is empty then.
      if (source?.trim()) written.page(source);
      break;
    }
    case TAG.link:
      linkElement(scanner, written);
      break;
    case TAG.meta:
      metaElement(scanner, written);
      break;
    default:
      if (resources) embeddedResources(scanner, written);
  }
}

function embeddedResources(scanner: TagScanner, written: WrittenLinks): void {
  switch (scanner.tag) {
    case TAG.img:
    case TAG.source:
      written.resource(scanner.value(ATTRIBUTE.src));
      for (const url of srcsetUrls(scanner.value(ATTRIBUTE.srcset) ?? '')) written.resource(url);
      break;
    case TAG.video:
      written.resource(scanner.value(ATTRIBUTE.poster));
      written.resource(scanner.value(ATTRIBUTE.src));
      break;
    case TAG.audio:
    case TAG.embed:
    case TAG.track:
      written.resource(scanner.value(ATTRIBUTE.src));
      break;
    case TAG.object:
      written.resource(scanner.value(ATTRIBUTE.data));
      break;
    case TAG.input:
      if (scanner.value(ATTRIBUTE.type)?.toLowerCase() === 'image') written.resource(scanner.value(ATTRIBUTE.src));
      break;
    case TAG.body:
    case TAG.table:
    case TAG.td:
    case TAG.th:
    case TAG.tr:
      written.resource(scanner.value(ATTRIBUTE.background));
      break;
    case TAG.script:
    // Outside of SVG, <image> is another name for <img>.
    case TAG.image:
    case TAG.use:
    case TAG.feimage: {
      written.resource(scanner.value(ATTRIBUTE.src));
      const part = reference(scanner);
      // A part of the same document is not loaded.
      if (!part?.trim().startsWith('#')) written.resource(part);
    }
  }
}

/** What is shown beside a link to the page elsewhere, by the Open Graph protocol and X. Both names are in use for either attribute. */
const PREVIEWS = /^(?:og:(?:image|video|audio)(?::url|:secure_url)?|twitter:(?:image(?::src)?|player:stream))$/;

/** SVG had links of XLink first; where both are there, that one is ignored (SVG 2, 16.1.5). */
function reference(scanner: TagScanner): string | undefined {
  return scanner.value(ATTRIBUTE.href) ?? scanner.value(ATTRIBUTE['xlink:href']);
}

function linkElement(scanner: TagScanner, written: WrittenLinks): void {
  const href = scanner.value(ATTRIBUTE.href);
  const relation = scanner.value(ATTRIBUTE.rel);
  if (relation === undefined) return;
  const kind = kindOfRelation(relationsOf(relation));
  // Browsers do not load a style sheet that is disabled (HTML Standard, 4.6.7.21).
  if (kind === 'resource' && scanner.has(ATTRIBUTE.disabled) && relationsOf(relation).includes('stylesheet')) return;
  // An empty one is ignored (HTML Standard, 4.2.4).
  if (kind === 'page' && href?.trim()) written.page(href, saysNofollow(relation));
  if (kind !== 'resource') return;
  written.resource(href);
  for (const url of srcsetUrls(scanner.value(ATTRIBUTE.imagesrcset) ?? '')) written.resource(url);
}

function metaElement(scanner: TagScanner, written: WrittenLinks): void {
  const content = scanner.value(ATTRIBUTE.content);
  if (content === undefined) return;
  if (scanner.value(ATTRIBUTE['http-equiv'])?.toLowerCase() === 'refresh') written.page(refreshUrl(content));
  const property = scanner.value(ATTRIBUTE.property)?.trim().toLowerCase();
  const name = scanner.value(ATTRIBUTE.name)?.trim().toLowerCase();
  if (PREVIEWS.test(property ?? '') || PREVIEWS.test(name ?? '')) written.resource(content);
  if (name === 'robots' || name === written.reading.robot) written.nofollow ||= contentSaysNofollow(content);
}

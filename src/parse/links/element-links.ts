import { cssUrls } from './css-urls.ts';
import { kindOfRelation, relationsOf, saysNofollow } from './link-relations.ts';
import { ATTRIBUTE, TAG } from './markup-names.ts';
import { contentSaysNofollow } from './robots-directives.ts';
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

/** The seconds, with a fraction that nobody reads, and what separates them from the URL: at least one of white space, `;` and `,`. */
const TIME = /^[\t\n\f\r ]*(?:[0-9]|(?=\.))[0-9.]*(?=[\t\n\f\r ;,])[\t\n\f\r ]*[;,]?[\t\n\f\r ]*/;
const LABEL = /^url[\t\n\f\r ]*=[\t\n\f\r ]*/i;

/**
 * Where a `<meta http-equiv=refresh content>` leads, as written there (HTML Standard, "shared declarative refresh steps"); undefined if it holds no URL, or is
 * not what those steps take.
 */
export function refreshUrl(content: string): string | undefined {
  const time = TIME.exec(content)?.[0];
  if (time === undefined || time.length === content.length) return undefined;
  const rest = content.slice(time.length);
  const label = LABEL.exec(rest)?.[0];
  // What begins like the label and is not it is the URL, with its quotes if it has some.
  if (label === undefined && /^u/i.test(rest)) return rest;
  const written = rest.slice(label?.length ?? 0);
  const quote = /^["']/.exec(written)?.[0];
  if (quote === undefined) return written;
  const end = written.indexOf(quote, 1);
  return written.slice(1, end === -1 ? undefined : end);
}

/** White space and commas before a candidate, and its URL, up to white space. */
const CANDIDATE = /[\t\n\f\r ,]*([^\t\n\f\r ,][^\t\n\f\r ]*)/y;
/** A width or a height, of which neither is 0, and a density (HTML Standard, 2.3.4.1 and 2.3.4.3). */
const SIZE = /^0*[1-9]\d*[wh]$/;
const DENSITY = /^(-?(?:\d+|\d*\.\d+)(?:[eE][+-]?\d+)?)x$/;

/** What most candidates have, so that it takes no time. */
const USUAL = /^[\t\n\f\r ]*(?:\d+(?:\.\d+)?x|[1-9]\d*w)?[\t\n\f\r ]*$/;

/** The URLs of a `srcset` or `imagesrcset` attribute, in order (HTML Standard, "parse a srcset attribute"). Candidates whose descriptors are wrong are left out, as in browsers. */
export function srcsetUrls(srcset: string): string[] {
  const urls: string[] = [];
  let at = 0;
  for (;;) {
    CANDIDATE.lastIndex = at;
    const candidate = CANDIDATE.exec(srcset)?.[1];
    if (candidate === undefined) return urls;
    at = CANDIDATE.lastIndex;
    let length = candidate.length;
    while (candidate[length - 1] === ',') length--;
    let isValid = true;
    // A comma at the end of the URL ends the candidate: it has no descriptors.
    if (length === candidate.length) {
      const end = descriptorsEnd(srcset, at);
      isValid = areDescriptors(srcset.slice(at, end));
      at = end + 1;
    }
    if (isValid) urls.push(candidate.slice(0, length));
  }
}

/** Where the descriptors of a candidate end: at a comma that is not in brackets. */
function descriptorsEnd(srcset: string, from: number): number {
  for (let at = from; at < srcset.length; at++) {
    const character = srcset[at];
    if (character === ',') return at;
    if (character === '(') {
      const end = srcset.indexOf(')', at);
      at = end === -1 ? srcset.length : end;
    }
  }
  return srcset.length;
}

/** Nothing, a density, or a width, which may have a height beside it. */
function areDescriptors(text: string): boolean {
  if (USUAL.test(text)) return true;
  const descriptors = text.split(/[\t\n\f\r ]+/).filter((descriptor) => descriptor !== '');
  const kinds = descriptors.map((descriptor) => {
    if (SIZE.test(descriptor)) return descriptor.at(-1);
    return Number(DENSITY.exec(descriptor)?.[1] ?? -1) >= 0 ? 'x' : 'bad';
  });
  return ['', 'x', 'w', 'hw'].includes(kinds.sort().join(''));
}

import { cssUrls } from './css-urls.ts';
import { kindOfRelation, relationsOf, saysNofollow } from './link-relations.ts';
import { ATTRIBUTE, TAG } from './markup-names.ts';
import { contentSaysNofollow } from './robots-directives.ts';
import type { TagScanner } from './tag-scanner.ts';
import type { WrittenLinks } from './written-links.ts';

/** Collects the links of a start tag of HTML or SVG. The text of a `<style>` and a `srcdoc` are read elsewhere. */
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
      written.page(reference(scanner), scanner.has(ATTRIBUTE.rel) && saysNofollow(scanner.value(ATTRIBUTE.rel) ?? ''));
      break;
    case TAG.frame:
    case TAG.iframe: {
      const source = scanner.value(ATTRIBUTE.src);
      // An empty `src` loads nothing.
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
    // In HTML, <image> is another name for <img>.
    case TAG.image:
    case TAG.use:
    case TAG.feimage: {
      written.resource(scanner.value(ATTRIBUTE.src));
      const part = reference(scanner);
      // A fragment of the same document is not loaded.
      if (!part?.trim().startsWith('#')) written.resource(part);
    }
  }
}

/** Media of link previews, by the Open Graph protocol and X. Sites use both `property` and `name` for them. */
const PREVIEW_NAMES = /^(?:og:(?:image|video|audio)(?::url|:secure_url)?|twitter:(?:image(?::src)?|player:stream))$/;

/**
 * The `href` of an element. In older SVG it is an XLink; if both exist, the XLink is ignored (SVG 2, section
 * 16.1.5).
 */
function reference(scanner: TagScanner): string | undefined {
  return scanner.value(ATTRIBUTE.href) ?? scanner.value(ATTRIBUTE['xlink:href']);
}

function linkElement(scanner: TagScanner, written: WrittenLinks): void {
  const href = scanner.value(ATTRIBUTE.href);
  const relation = scanner.value(ATTRIBUTE.rel);
  if (relation === undefined) return;
  const kind = kindOfRelation(relationsOf(relation));
  // A disabled style sheet is not loaded (HTML Standard, section 4.6.7.21).
  if (kind === 'resource' && scanner.has(ATTRIBUTE.disabled) && relationsOf(relation).includes('stylesheet')) return;
  // An empty `href` is ignored (HTML Standard, section 4.2.4).
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
  if (PREVIEW_NAMES.test(property ?? '') || PREVIEW_NAMES.test(name ?? '')) written.resource(content);
  if (name === 'robots' || name === written.reading.robot) written.nofollow ||= contentSaysNofollow(content);
}

/**
 * The seconds with a fraction, which browsers ignore, and the separator before the URL: at least one of white space,
 * `;` and `,`.
 */
const TIME = /^[\t\n\f\r ]*(?:[0-9]|(?=\.))[0-9.]*(?=[\t\n\f\r ;,])[\t\n\f\r ]*[;,]?[\t\n\f\r ]*/;
const LABEL = /^url[\t\n\f\r ]*=[\t\n\f\r ]*/i;

/**
 * The URL in the `content` of `<meta http-equiv=refresh>` or in a Refresh header, as written (HTML Standard, "shared
 * declarative refresh steps"). Undefined if there is no URL or the value is invalid.
 */
export function refreshUrl(content: string): string | undefined {
  const time = TIME.exec(content)?.[0];
  if (time === undefined || time.length === content.length) return undefined;
  const rest = content.slice(time.length);
  const label = LABEL.exec(rest)?.[0];
  // Text that begins like the label but is not it is the URL, with its quotes if there are any.
  if (label === undefined && /^u/i.test(rest)) return rest;
  const written = rest.slice(label?.length ?? 0);
  const quote = /^["']/.exec(written)?.[0];
  if (quote === undefined) return written;
  const end = written.indexOf(quote, 1);
  return written.slice(1, end === -1 ? undefined : end);
}

/** The URL of an image candidate, up to white space, after white space and commas. */
const CANDIDATE = /[\t\n\f\r ,]*([^\t\n\f\r ,][^\t\n\f\r ]*)/y;
/** A width or a height, which must not be 0, and a density (HTML Standard, sections 2.3.4.1 and 2.3.4.3). */
const SIZE = /^0*[1-9]\d*[wh]$/;
const DENSITY = /^(-?(?:\d+|\d*\.\d+)(?:[eE][+-]?\d+)?)x$/;

/** The descriptors of most candidates, matched without splitting them. */
const COMMON_DESCRIPTORS = /^[\t\n\f\r ]*(?:\d+(?:\.\d+)?x|[1-9]\d*w)?[\t\n\f\r ]*$/;

/**
 * The URLs of a `srcset` or `imagesrcset` attribute, in order (HTML Standard, "parse a srcset attribute"). Candidates
 * with invalid descriptors are dropped, as browsers do.
 */
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
    // A comma at the end of the URL ends the candidate, which then has no descriptors.
    if (length === candidate.length) {
      const end = descriptorsEnd(srcset, at);
      isValid = areDescriptors(srcset.slice(at, end));
      at = end + 1;
    }
    if (isValid) urls.push(candidate.slice(0, length));
  }
}

/** The end of a candidate's descriptors: the next comma outside of brackets. */
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

/** True for valid descriptors: none, a density, or a width, which may be combined with a height. */
function areDescriptors(text: string): boolean {
  if (COMMON_DESCRIPTORS.test(text)) return true;
  const descriptors = text.split(/[\t\n\f\r ]+/).filter((descriptor) => descriptor !== '');
  const kinds = descriptors.map((descriptor) => {
    if (SIZE.test(descriptor)) return descriptor.at(-1);
    return Number(DENSITY.exec(descriptor)?.[1] ?? -1) >= 0 ? 'x' : 'bad';
  });
  return ['', 'x', 'w', 'hw'].includes(kinds.sort().join(''));
}

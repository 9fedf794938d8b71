import type { DocumentLinks } from '../../../src/parse/links/found-links.ts';
import { readLinks } from '../../../src/parse/links/read-links.ts';
import type { LinkReading } from '../../../src/parse/links/written-links.ts';

/** Reads a document at http://site.test/dir/page.html. By default it is HTML in UTF-8. */
export function read(body: string | Uint8Array, reading: Partial<LinkReading> = {}): Promise<DocumentLinks> {
  return readLinks(typeof body === 'string' ? Buffer.from(body) : body, {
    url: 'http://site.test/dir/page.html',
    contentType: 'text/html; charset=utf-8',
    resources: false,
    anchors: false,
    robot: 'trawl',
    ...reading,
  });
}

/** The URLs of the links, with a `+` before those of resources. URLs of the same site are shortened to their paths. */
export function shown({ links }: DocumentLinks): string[] {
  return links.map(({ url, kind }) => (kind === 'resource' ? '+' : '') + url.replace(/^http:\/\/site\.test(?=\/)/, ''));
}

import { readLinks } from '../links/read-links.ts';
import type { DocumentKind } from './document-kind.ts';
import { documentUrl } from './link-target.ts';

/** What a document holds. */
export interface DocumentContent {
  /** In the order of their lines. */
  links: FoundLink[];
  /** What a fragment can point at. */
  anchors: ReadonlySet<string>;
}

export interface FoundLink {
  /** To be resolved against `documentUrl`; that of HTML has been. */
  href: string;
  /** As it is written, where that is known. */
  input?: string;
  /** Why it cannot be requested; `href` may then have been cut. */
  problem?: 'unreadable' | 'too-long';
  /** From 1. */
  line?: number;
}

export interface DocumentName {
  /** For what depends on its ending. */
  name: string;
  kind: DocumentKind;
  /** Absolute. */
  path: string;
}

/** Reads a document of any size, as it is in its file. What is not UTF-8 in Markdown becomes U+FFFD; HTML may be in any encoding that it says. Never throws for what is in it. */
export async function readDocument(bytes: Uint8Array, { name, kind, path }: DocumentName): Promise<DocumentContent> {
  const url = documentUrl(path);
  if (kind === 'html') return htmlContent(bytes, url);
  // The parser is not loaded where no Markdown is read.
  const { readMarkdown } = await import('./read-markdown.ts');
  const { links, html, anchors } = readMarkdown(new TextDecoder().decode(bytes), { mdx: /\.mdx$/i.test(name) });
  const found = links.map(({ written, line }) => ({ href: written, input: written, line }));
  if (html === '') return { links: found, anchors };
  const embedded = await htmlContent(Buffer.from(html), url);
  return {
    links: [...found, ...embedded.links].sort((a, b) => (a.line ?? 0) - (b.line ?? 0)),
    anchors: new Set([...anchors, ...embedded.anchors]),
  };
}

async function htmlContent(bytes: Uint8Array, url: string): Promise<DocumentContent> {
  const reading = { url, contentType: 'text/html', resources: true, anchors: true, lines: true, robot: '' };
  const { links, unreadable, anchors = [] } = await readLinks(bytes, reading);
  return {
    links: [
      ...links.map(({ url: href, line }) => ({ href, ...(line !== undefined && { line }) })),
      ...unreadable.map(({ written, isTooLong, line }) => ({
        href: written,
        problem: isTooLong ? ('too-long' as const) : ('unreadable' as const),
        ...(line !== undefined && { line }),
      })),
    ],
    anchors: new Set(anchors),
  };
}

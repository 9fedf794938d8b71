import { isUtf8 } from 'node:buffer';
import { TextDecoder } from 'node:util';
import { UsageError } from '../../model/errors.ts';
import { bodyEncoding, bodyText, markedEncoding } from '../../parse/charset/body-text.ts';
import { readLinks } from '../../parse/links/read-links.ts';
import type { DocumentKind } from './document-kind.ts';
import { IgnoredLines } from './ignore-marks.ts';
import { documentUrl } from './link-target.ts';
import type { MarkdownContent } from './read-markdown.ts';

/** The links and anchors of a document. */
export interface DocumentContent {
  /** In order of their lines. */
  links: FoundLink[];
  /** Names that fragments can point at. */
  anchors: ReadonlySet<string>;
  /** A message for the operator about how it was read. */
  note?: string;
}

export interface FoundLink {
  /** A reference relative to `documentUrl`. Links of HTML are already resolved. */
  href: string;
  /** The link as written, if that is known. */
  input?: string;
  /** Why it cannot be requested; `href` may be truncated then. */
  problem?: 'unreadable' | 'too-long';
  /** From 1. */
  line?: number;
  /** Set if a browser loads it with the document. */
  isResource?: true;
  /** Set for a wiki link: `href` is the name of a page, see `WikiPages`. */
  isWiki?: true;
}

interface DocumentName {
  /** Its extension distinguishes MDX from Markdown. */
  name: string;
  kind: DocumentKind;
  /** Absolute path. */
  path: string;
}

/**
 * Reads a document of any size from its bytes: UTF-8, or UTF-16 with a byte order mark; HTML and style sheets also in
 * any encoding that they declare. Invalid bytes become U+FFFD. Links that the author marked to be ignored are left out.
 * Rejects with UsageError if the bytes are not text.
 */
export async function readDocument(
  bytes: Uint8Array,
  { name, kind, path }: DocumentName,
  { wikiLinks = false }: { wikiLinks?: boolean } = {},
): Promise<DocumentContent> {
  refuseBinary(bytes, name, kind);
  const url = documentUrl(path);
  if (kind === 'css') return linksOf(bytes, url, 'text/css', undefined);
  if (kind === 'html') {
    const text = mayBeMarked(bytes) ? bodyText(bytes, 'text/html') : '';
    return linksOf(bytes, url, 'text/html', IgnoredLines.of(text, text));
  }
  const text = new TextDecoder(markedEncoding(bytes)).decode(bytes);
  const { content, note } = await markdownContent(text, name, wikiLinks);
  const { links, html, anchors } = content;
  const ignored = html === '' ? undefined : IgnoredLines.of(html, text);
  const found = links
    .filter(({ line }) => !ignored?.has(line))
    .map(({ written, line, isWiki }): FoundLink => ({ href: written, input: written, line, ...(isWiki && { isWiki }) }));
  const noted = note !== undefined && { note };
  if (html === '') return { links: found, anchors, ...noted };
  const embedded = await linksOf(Buffer.from(html), url, 'text/html; charset=utf-8', ignored);
  return {
    links: [...found, ...embedded.links].sort((a, b) => (a.line ?? 0) - (b.line ?? 0)),
    anchors: new Set([...anchors, ...embedded.anchors]),
    ...noted,
  };
}

/** Loads the parsers only when they are needed. */
async function markdownContent(text: string, name: string, wikiLinks: boolean): Promise<{ content: MarkdownContent; note?: string }> {
  if (!/\.mdx$/i.test(name)) return { content: (await import('./read-markdown.ts')).readMarkdown(text, { wikiLinks }) };
  const { readMdx } = await import('./read-mdx.ts');
  const read = readMdx(text);
  if (!('problem' in read)) return { content: read };
  const { readMarkdown } = await import('./read-markdown.ts');
  const note = `${name} is read as Markdown: ${read.problem}`;
  return { content: readMarkdown(text, { wikiLinks }), note };
}

async function linksOf(bytes: Uint8Array, url: string, contentType: string, ignored: IgnoredLines | undefined): Promise<DocumentContent> {
  const {
    links,
    unreadable,
    anchors = [],
  } = await readLinks(bytes, {
    url,
    contentType,
    resources: true,
    anchors: true,
    lines: true,
    robot: '',
    isIgnored: (line) => ignored?.has(line) ?? false,
  });
  return {
    links: [
      ...links.map(
        ({ url: href, kind, line }): FoundLink => ({
          href,
          ...(line !== undefined && { line }),
          ...(kind === 'resource' && { isResource: true }),
        }),
      ),
      ...unreadable.map(
        ({ written, isTooLong, line }): FoundLink => ({
          href: written,
          problem: isTooLong ? 'too-long' : 'unreadable',
          ...(line !== undefined && { line }),
        }),
      ),
    ],
    anchors: new Set(anchors),
  };
}

/** False if the bytes contain no ignore marks for certain. Saves most documents from being decoded twice. */
function mayBeMarked(bytes: Uint8Array): boolean {
  const start = markedEncoding(bytes);
  if (start !== undefined && start !== 'utf-8') return true;
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return buffer.includes('trawl-ignore') || buffer.includes('markdown-link-check-');
}

/**
 * Throws UsageError for binary files. A few NUL bytes in a text document are replaced (CommonMark 2.3, HTML 13.2.3.5),
 * but binary files have many of them, or bytes that are not UTF-8.
 */
function refuseBinary(bytes: Uint8Array, name: string, kind: DocumentKind): void {
  if (!bytes.includes(0) || bodyEncoding(bytes, kind === 'html' ? 'text/html' : '') !== undefined) return;
  const head = bytes.subarray(0, 4_096);
  const nuls = head.reduce((count, byte) => (byte === 0 ? count + 1 : count), 0);
  if (nuls * 20 > head.length || !isUtf8(bytes)) throw new UsageError(`${name} is not text: it contains NUL bytes`);
}

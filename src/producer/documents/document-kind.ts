/** Kinds of files that are read for links. A style sheet is read only if a document loads it. */
export type DocumentKind = 'markdown' | 'html' | 'css';

const KINDS: Readonly<Record<string, DocumentKind>> = {
  md: 'markdown',
  markdown: 'markdown',
  mdx: 'markdown',
  html: 'html',
  htm: 'html',
  xhtml: 'html',
};

/** The kind of document by file extension; undefined if the file is not a document. */
export function documentKind(name: string): DocumentKind | undefined {
  const extension = /\.([a-z]+)$/i.exec(name)?.[1]?.toLowerCase();
  return extension === undefined || !Object.hasOwn(KINDS, extension) ? undefined : KINDS[extension];
}

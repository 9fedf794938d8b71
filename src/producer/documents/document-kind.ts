/** What is read for its links. A style sheet is read only if a document loads it. */
export type DocumentKind = 'markdown' | 'html' | 'css';

const KINDS: Readonly<Record<string, DocumentKind>> = {
  md: 'markdown',
  markdown: 'markdown',
  mdx: 'markdown',
  html: 'html',
  htm: 'html',
  xhtml: 'html',
};

/** What a file of that name is, by its ending; undefined for one that is no document. */
export function documentKind(name: string): DocumentKind | undefined {
  const ending = /\.([a-z]+)$/i.exec(name)?.[1]?.toLowerCase();
  return ending === undefined || !Object.hasOwn(KINDS, ending) ? undefined : KINDS[ending];
}

import { PAGE_TEXTS } from './page-texts.ts';

interface PageFile {
  /** Where it is served. */
  path: string;
  type: string;
  text: string;
}

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
};

/** The page: index.html at `/`, and its modules and style below `/page/`. They hold nothing about runs: the scripts get that from the API. */
export const PAGE_FILES: readonly PageFile[] = Object.entries(PAGE_TEXTS).map(([name, text]) => ({
  path: name === 'index.html' ? '/' : `/page/${name}`,
  type: TYPES[name.slice(name.lastIndexOf('.') + 1)] ?? 'text/plain',
  text,
}));

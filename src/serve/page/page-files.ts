import { PAGE_TEXTS } from './page-texts.ts';

interface PageFile {
  /** The path of its URL. */
  path: string;
  type: string;
  text: string;
}

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
};

/** The files of the page: index.html at `/`, its modules and style below `/page/`. They contain no data; the scripts get it from the API. */
export const PAGE_FILES: readonly PageFile[] = Object.entries(PAGE_TEXTS).map(([name, text]) => ({
  path: name === 'index.html' ? '/' : `/page/${name}`,
  type: TYPES[name.slice(name.lastIndexOf('.') + 1)] ?? 'text/plain',
  text,
}));

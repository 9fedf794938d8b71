import { readFileSync } from 'node:fs';
import { extname, join, resolve, sep } from 'node:path';

export interface SitePage {
  type: string;
  body: string | Buffer;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.css': 'text/css',
  '.js': 'text/javascript',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
};
const CHILDREN = 10;
const PARAGRAPH = `<p>${'Some words of a page that is read by people, with a sentence or two in each paragraph. '.repeat(4)}</p>\n`;

/** Returns a function from path to page for the site that is crawled: the files of a folder, or `pages` generated pages of about 6 KB, which form a tree and also link to their neighbours. */
export function siteOf(pages: number, folder?: string): (path: string) => SitePage | undefined {
  if (folder !== undefined) return (path) => fileOf(resolve(folder), path);
  return (path) => {
    const number = path === '' ? 0 : Number(/^(\d+)\.html$/.exec(path)?.[1] ?? Number.NaN);
    return number < pages ? { type: 'text/html', body: pageOf(number, pages) } : undefined;
  };
}

function pageOf(number: number, pages: number): string {
  const children = Array.from({ length: CHILDREN }, (_, index) => number * CHILDREN + index + 1);
  const links = [0, number - 1, number + 1, ...children].filter((other) => other >= 0 && other < pages);
  const items = links.map((other) => `<li><a href="${other}.html" class="page">Page ${other}</a></li>\n`).join('');
  return `<!doctype html>\n<html><head><title>Page ${number}</title></head><body>\n<ul>${items}</ul>\n${PARAGRAPH.repeat(14)}</body></html>\n`;
}

function fileOf(folder: string, path: string): SitePage | undefined {
  try {
    const name = path === '' || path.endsWith('/') ? `${path}index.html` : path;
    const file = join(folder, decodeURIComponent(name.replace(/\?.*/, '')));
    if (!file.startsWith(folder + sep)) return undefined;
    return { type: TYPES[extname(file)] ?? 'application/octet-stream', body: readFileSync(file) };
  } catch {
    return undefined;
  }
}

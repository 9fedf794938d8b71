import { readdirSync, readFileSync } from 'node:fs';

const FOLDER = new URL('browser/', import.meta.url);

/** The files of the page by name, as browsers get them. The build puts the texts in place of this module (scripts/bundled-page.js), so that what is built reads no files. */
export const PAGE_TEXTS: Readonly<Record<string, string>> = Object.fromEntries(
  readdirSync(FOLDER).map((name) => [name, readFileSync(new URL(name, FOLDER), 'utf8')]),
);

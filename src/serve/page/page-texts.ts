import { readdirSync, readFileSync } from 'node:fs';

const FOLDER = new URL('browser/', import.meta.url);

/** The texts of the page's files, by name. The build replaces this module with the texts themselves (scripts/bundled-page.js), so the built program reads no files for them. */
export const PAGE_TEXTS: Readonly<Record<string, string>> = Object.fromEntries(
  readdirSync(FOLDER).map((name) => [name, readFileSync(new URL(name, FOLDER), 'utf8')]),
);

import { createRequire } from 'node:module';

type Entities = Pick<typeof import('entities'), 'decodeHTMLAttribute' | 'decodeHTMLStrict'>;

let loaded: Entities | undefined;

/** Loaded on first use: its tables take 20 ms to load, and most crawls of a list read no pages. */
function entities(): Entities {
  loaded ??= createRequire(import.meta.url)('entities') as Entities;
  return loaded;
}

/** Decodes the character references in an attribute value (HTML Standard, "character reference state"). */
export function decodeAttribute(value: string): string {
  return entities().decodeHTMLAttribute(value);
}

/** Decodes the character references in text, only those that end with a semicolon. */
export function decodeText(text: string): string {
  return entities().decodeHTMLStrict(text);
}

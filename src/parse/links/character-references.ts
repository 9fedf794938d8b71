import { createRequire } from 'node:module';

type Entities = Pick<typeof import('entities'), 'decodeHTMLAttribute' | 'decodeHTMLStrict'>;

let loaded: Entities | undefined;

/** Loaded for the first reference: its tables take 20 ms, and most crawls of a list read no page. */
function entities(): Entities {
  loaded ??= createRequire(import.meta.url)('entities') as Entities;
  return loaded;
}

/** Decodes the character references of an attribute's value, as the HTML Standard says. */
export function decodeAttribute(value: string): string {
  return entities().decodeHTMLAttribute(value);
}

/** Decodes the character references of text that end with a semicolon. */
export function decodeText(text: string): string {
  return entities().decodeHTMLStrict(text);
}

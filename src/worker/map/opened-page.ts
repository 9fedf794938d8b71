import { createRequire } from 'node:module';
import type { CheerioAPI } from 'cheerio/slim';
import { bodyText } from '../../parse/charset/body-text.ts';
import type { PageTask } from './mapper-messages.ts';
import type { Page } from './page.ts';

/**
 * cheerio is loaded with `require`: synchronously, and only if a map uses it. `slim` leaves out parse5 and a second
 * undici.
 */
const require = createRequire(import.meta.url);

/** A page in the process that maps it. Expensive properties are computed at first use. */
export class OpenedPage implements Page {
  readonly url: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  readonly meta: unknown;
  #text: string | undefined;
  #select: CheerioAPI | undefined;

  constructor({ url, status, headers, body, meta }: PageTask) {
    this.url = url;
    this.status = status;
    this.headers = headers;
    this.body = new Uint8Array(body.buffer, body.byteOffset, body.byteLength);
    this.meta = meta;
  }

  get text(): string {
    this.#text ??= bodyText(this.body, this.headers['content-type']);
    return this.#text;
  }

  get $(): CheerioAPI {
    if (this.#select === undefined) {
      const { load } = require('cheerio/slim') as typeof import('cheerio/slim');
      this.#select = load(this.text, { baseURI: this.url, xml: isXml(this.headers['content-type']) });
    }
    return this.#select;
  }
}

/** XHTML is parsed as HTML, because many pages that claim to be XHTML are not well-formed. */
function isXml(contentType = ''): boolean {
  return /^\s*(?:application|text)\/xml\b|\+xml\b/i.test(contentType) && !/xhtml/i.test(contentType);
}

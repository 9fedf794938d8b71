import { createRequire } from 'node:module';
import type { CheerioAPI } from 'cheerio/slim';
import { bodyText } from '../../parse/charset/body-text.ts';
import type { PageTask } from './mapper-messages.ts';
import type { Page } from './page.ts';

/** By `require`, so that it is there at once and only if it is asked for. `slim` leaves out parse5 and a second undici. */
const require = createRequire(import.meta.url);

/** A page in the process that maps it. What costs something is made at its first use. */
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

/** XHTML is read as HTML: much of what says that it is XHTML is not well-formed. */
function isXml(contentType = ''): boolean {
  return /^\s*(?:application|text)\/xml\b|\+xml\b/i.test(contentType) && !/xhtml/i.test(contentType);
}

import { isSafeMethod } from './http-method.ts';
import type { Header } from './request-header.ts';
import type { RunOptions, StatusRange } from './run-options.ts';

/** JSON as it was parsed. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** What became of an entry that is not to be requested: a local link that was looked at where its document is, a URL that the operator excluded, or a link of a page that is not a URL. */
export type Checked = 'ok' | { code: string; message: string; verdict?: 'out-of-scope' | 'invalid-url' };

/** What a record asks for beside its URL, and what comes with the link of a document. */
export interface RequestSpec {
  /** In upper case; the run's, where it is absent. */
  method?: string;
  /** Over the run's headers of the same names. */
  headers?: readonly Header[];
  body?: string;
  /** Said to do no harm when it is sent twice, though its method may. */
  repeatable?: true;
  /** Statuses that count as success, in place of the run's. */
  accept?: readonly StatusRange[];
  /** Text that the body must contain to count as success. */
  contains?: string;
  /** Comes back in the outcome. */
  meta?: Json;
  /** `meta` as it was written, where that says more than its value does: a number beyond 2^53, `1.50`, a key that stands there twice. */
  metaText?: string;
  /** Of a link: further places where it stands, and how many are beyond those; both come back in the outcome. */
  places?: readonly string[];
  morePlaces?: number;
  /** Of a link, with the run's `fragments`: what it points at, each with the URL before it; comes back in the outcome. */
  fragments?: readonly string[];
  /** How many fragments it has beyond those. */
  moreFragments?: number;
  /** Of a seed that the operator did not write down: a page that a sitemap elsewhere lists. */
  foreign?: true;
  /** It is settled so, without a request. */
  checked?: Checked;
}

/** The method of an entry's request. */
export function methodOf({ request }: Asked, { method }: Pick<RunOptions, 'method'>): string {
  return request?.method ?? method;
}

/** False if the server may act on each request, so that one that may have arrived is never sent again. */
export function isRepeatable(entry: Asked, options: Pick<RunOptions, 'method'>): boolean {
  return entry.request?.repeatable === true || isSafeMethod(methodOf(entry, options));
}

interface Asked {
  request?: RequestSpec;
}

const BY_HEAD: RequestSpec = Object.freeze({ method: 'HEAD' });
const BY_GET: RequestSpec = Object.freeze({ method: 'GET' });

/** How a link is requested that is not followed: by HEAD, or by GET if a fragment of it is to be found, for that is in the body. The same object each time. */
export function unfollowedRequest(wantsFragments: boolean): RequestSpec {
  return wantsFragments ? BY_GET : BY_HEAD;
}

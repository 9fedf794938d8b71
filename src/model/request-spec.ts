import { isSafeMethod } from './http-method.ts';
import type { Header } from './request-header.ts';
import type { RunOptions, StatusRange } from './run-options.ts';

/** A parsed JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/**
 * The result of an entry that is settled without a request: a local link that was checked in the file system, a URL
 * that the operator excluded, or a link that is not a valid URL.
 */
export type Checked = 'ok' | { code: string; message: string; verdict?: 'out-of-scope' | 'invalid-url' };

/** What to request besides the URL, for a record or a link of a document, and what to copy into its outcome. */
export interface RequestSpec {
  /** In upper case. Absent: the run's method. */
  method?: string;
  /** Headers that override the run's headers of the same names. */
  headers?: readonly Header[];
  body?: string;
  /** The user declared that sending this request twice is safe, whatever its method. */
  repeatable?: true;
  /** Statuses that count as success, instead of the run's. */
  accept?: readonly StatusRange[];
  /** Text that the body must contain to count as success. */
  contains?: string;
  /** Copied into the outcome. */
  meta?: Json;
  /** The text of `meta`, if `JSON.stringify(meta)` differs from it: numbers beyond 2^53, `1.50`, duplicate keys. */
  metaText?: string;
  /** For a link of a document: further places where it occurs, and how many more there are. Copied into the outcome. */
  places?: readonly string[];
  morePlaces?: number;
  /**
   * For a link of a document, with the run's `fragments`: its fragments, each with its full URL. Copied into the
   * outcome.
   */
  fragments?: readonly string[];
  /** How many more fragments there are. */
  moreFragments?: number;
  /** For a seed that the operator did not write: a page listed in a sitemap of another host. */
  foreign?: true;
  /** The entry is settled with this result, without a request. */
  checked?: Checked;
}

/** The method of an entry's request. */
export function methodOf({ request }: Requested, { method }: Pick<RunOptions, 'method'>): string {
  return request?.method ?? method;
}

/**
 * False if sending the request twice could have an effect twice. Such a request is never repeated once it may have
 * arrived.
 */
export function isRepeatable(entry: Requested, options: Pick<RunOptions, 'method'>): boolean {
  return entry.request?.repeatable === true || isSafeMethod(methodOf(entry, options));
}

interface Requested {
  request?: RequestSpec;
}

const BY_HEAD: RequestSpec = Object.freeze({ method: 'HEAD' });
const BY_GET: RequestSpec = Object.freeze({ method: 'GET' });

/**
 * The request for a link that is not followed: HEAD, or GET if the body is needed to check fragments. Returns shared
 * objects, because there can be millions of such links.
 */
export function unfollowedRequest(wantsFragments: boolean): RequestSpec {
  return wantsFragments ? BY_GET : BY_HEAD;
}

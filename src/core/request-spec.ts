import { isSafeMethod } from './http-method.ts';
import type { Header } from './request-header.ts';
import type { StatusRange } from './run-options.ts';

/** JSON as it was parsed. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** What a record asks for beside its URL. */
export interface RequestSpec {
  /** In upper case. */
  method: string;
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
}

/** False if the server may act on each request, so that one that may have arrived is never sent again. */
export function isRepeatable({ request }: { request?: RequestSpec }): boolean {
  return request === undefined || request.repeatable === true || isSafeMethod(request.method);
}

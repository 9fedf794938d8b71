import type { Service } from './service.ts';

/** The `meta` of a check's record and of its outcome: which service was checked in which round. */
export interface CheckMeta {
  /** Index in the list of services, from 0. */
  service: number;
  /** Number of the round, from 1. */
  round: number;
}

/** A record, as a line of NDJSON, that makes Trawl fetch the service once. */
export function checkLine({ url, accept, contains }: Service, meta: CheckMeta): string {
  return JSON.stringify({ url, ...(accept !== undefined && { accept }), ...(contains !== undefined && { contains }), meta });
}

import type { Service } from './service.ts';

/** What a check's record carries, and its outcome brings back: which service of the list it was, and in which round. */
export interface CheckMeta {
  /** Index in the list of services, from 0. */
  service: number;
  /** From 1. */
  round: number;
}

/** The record by which a service is fetched once: a line of a source of records. */
export function checkLine({ url, accept, contains }: Service, meta: CheckMeta): string {
  return JSON.stringify({ url, ...(accept !== undefined && { accept }), ...(contains !== undefined && { contains }), meta });
}

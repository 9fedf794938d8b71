/** What was done to the cluster, by kinds that are summed at the end. */
export const FAULT_KINDS = [
  'worker kill',
  'worker stop',
  'worker block',
  'worker end',
  'collector kill',
  'collector stop',
  'producer kill',
  'Redis kill',
  'data loss',
  'lost reply',
  'network',
  'disk',
  'pause',
] as const;

export type FaultKind = (typeof FAULT_KINDS)[number];

export interface Fault {
  kind: FaultKind;
  /** In words, with pids and moments. */
  what: string;
}

/**
 * The names of all keys of a deployment. They share one hash tag, so that on Redis Cluster a deployment lives on one node.
 *
 *     {trawl}:urls:*  {trawl}:visits:*   BullMQ's two queues
 *     {trawl}:ticks-NAME:*              a BullMQ queue for the rounds of each watch, while its process lives
 *     {trawl}:schedules:*               a BullMQ queue with a job scheduler for each schedule
 *     {trawl}:schedule:NAME  hash       what it starts, its cron and timezone, the run it started last with its predecessor, and for which job (queues/schedules.ts)
 *     {trawl}:layout      string  the version of all of this (layout.ts)
 *     {trawl}:runs        zset    every run by the time it was opened
 *     {trawl}:open        zset    the runs that have not ended
 *     {trawl}:ended       zset    the runs that have, by when that was seen; and those that are being removed
 *     {trawl}:workers     zset    `slots worker` of live worker processes, by the time at which they are taken for dead
 *     {trawl}:activity:WORKER string what the worker has done lately, as JSON (visits/activity.ts); expires
 *     {trawl}:collectors  zset    `runs collector` of live `trawl collect` processes, by the time at which they are taken for dead
 *     {trawl}:janitor     string  the worker that makes this second's round; expires
 *     {trawl}:busy        hash    origin → visits that hold it
 *     {trawl}:latency     hash    origin → mean latency in ms, 0 if that is short, where it has answered and entries wait
 *     {trawl}:misses      hash    origin → `misses lastAt`: fetches in a row that it left without an answer; expires
 *     {trawl}:pace        hash    origin that asked for patience → `lanes most changedAt askedUntil asks`; expires
 *     {trawl}:hold:ORIGIN string  the time before which no request to it may start; expires then
 *     {trawl}:turn:ORIGIN string  in-flight hash and token of the visit that has the turn of an origin with an interval (scripts/turn.lua); expires
 *     {trawl}:robots:ORIGIN string  `keptUntil digest text`: what workers know of its robots.txt, of all runs; expires
 *     {trawl}:robotsLease:ORIGIN string  who fetches that; expires
 *     {trawl}:interval:ORIGIN string  least time between starts in ms, by its robots.txt, of runs that obey it; expires
 *     {trawl}:blocked:ORIGIN hash  run whose backlog of this origin waits for a lane, or was offered one → `limit untilMs`: so long it is left room
 *     {trawl}:removed:RUN string  the id of a run that was removed; expires
 *
 *     {trawl}:run:RUN:meta     hash    options, links (what scripts need of them), openedAt, sealedAt, state, folder, collector
 *     {trawl}:run:RUN:counts   hash    the books, and unmetRows: rows in the log whose URLs the run has not met
 *     {trawl}:run:RUN:promised hash    batch → digest of what a producer submitted
 *     {trawl}:run:RUN:batches  hash    batch → digest of what was pushed
 *     {trawl}:run:RUN:stored   hash    batch → what waits for room in the frontier, compressed (docs/decisions/0020)
 *     {trawl}:run:RUN:storedOrder zset the numbers of these batches
 *     {trawl}:run:RUN:seen:XXX set     digests that were seen, in 4,096 buckets that stay intsets
 *     {trawl}:run:RUN:seen:XXXX set    those beyond the first 1.5 million, in 65,536 (scripts/seen.lua)
 *     {trawl}:run:RUN:buckets  string  a bit for each of the 65,536 that there is
 *     {trawl}:run:RUN:hosts    hash    host → its URLs, where links are followed
 *     {trawl}:run:RUN:restored:XXXX set  digests and kinds of entries that have a row in the collector's log, after Redis lost data
 *     {trawl}:run:RUN:restoredBuckets string  as above
 *     {trawl}:run:RUN:backlog:ORIGIN list  waiting entries, in order
 *     {trawl}:run:RUN:unsorted list    `origin newline entry`: entries of origins that had no backlog when they came, and few of them came together (docs/decisions/0021)
 *     {trawl}:run:RUN:ready    zset    origin → time at which it may be visited; has every origin with a backlog that is not blocked
 *     {trawl}:run:RUN:blocked  set     the origins whose backlog waits for a lane
 *     {trawl}:run:RUN:due      zset    entries that wait for a time
 *     {trawl}:run:RUN:flight:TICKET hash   the entries of a visit, under its token
 *     {trawl}:run:RUN:held     set     tickets that hold entries
 *     {trawl}:run:RUN:suspects hash    entries that dead workers held: key → `strikes time token`
 *     {trawl}:run:RUN:sent     hash    entries whose request must not be sent twice, and may have been: key → token
 *     {trawl}:run:RUN:outcomes stream  the truth
 *     {trawl}:run:RUN:lease    string  the collector; expires
 */
export interface Keys {
  /** BullMQ's `prefix`. */
  queuePrefix: string;
  /** What all of our own keys begin with; the only key name that scripts are given. */
  base: string;
  layout: string;
  runs: string;
  workers: string;
  collectors: string;
  open: string;
  ended: string;
  busy: string;
  pace: string;
  misses: string;
  run(
    run: string,
    name:
      | 'meta'
      | 'promised'
      | 'outcomes'
      | 'stored'
      | 'storedOrder'
      | 'ready'
      | 'unsorted'
      | 'hosts'
      | 'buckets'
      | 'counts'
      | 'restoredBuckets'
      | 'held'
      | 'lease'
      | 'blocked'
      | `${'seen' | 'restored' | 'flight' | 'backlog'}:${string}`,
  ): string;
}

export const URLS_QUEUE = 'urls';
export const VISITS_QUEUE = 'visits';
export const SCHEDULES_QUEUE = 'schedules';

/** The queue of one schedule: a worker takes any job of its queue, and no schedule is to get the ticks of another. */
export function ticksQueue(name: string): string {
  return `ticks-${name}`;
}

export function keysFor(prefix: string): Keys {
  const queuePrefix = `{${prefix}}`;
  const base = `${queuePrefix}:`;
  return {
    queuePrefix,
    base,
    layout: `${base}layout`,
    runs: `${base}runs`,
    workers: `${base}workers`,
    collectors: `${base}collectors`,
    open: `${base}open`,
    ended: `${base}ended`,
    busy: `${base}busy`,
    pace: `${base}pace`,
    misses: `${base}misses`,
    run: (run, name) => `${base}run:${run}:${name}`,
  };
}

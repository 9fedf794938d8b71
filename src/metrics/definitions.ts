import { VERDICT_CLASS } from '../model/verdict.ts';

/** A metric. Its name is a promise to users: add metrics, never rename them. */
export interface MetricDefinition {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels?: readonly string[];
  /** Upper bounds of a histogram, in the metric's unit. */
  readonly buckets?: readonly number[];
  /** How the values of several processes of one command are merged. Default: their sum. */
  readonly merge?: 'max' | 'min';
}

export type MetricDefinitions = Readonly<Record<string, MetricDefinition>>;

const LATENCY_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30] as const;
const SCRIPT_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1] as const;

/** The values of labels. Their number is fixed: no label is a URL, an origin or a run. */
export const LABEL_VALUES = {
  class: ['ok', 'failed', 'skipped'],
  state: ['open', 'running', 'paused', 'ended', 'cancelled'],
  verdict: Object.keys(VERDICT_CLASS),
  result: ['response', 'failure', 'moved', 'aborted'],
  phase: ['dns', 'connect', 'tls', 'first_byte', 'body'],
} as const;

/** Metrics of all runs together, from the counts of the engine. Do not sum them over processes, because each process shows the same values. */
export const DEPLOYMENT = {
  redisUp: { name: 'trawl_redis_up', type: 'gauge', help: '1 if Redis responds; if it is 0, the other values are old' },
  runs: { name: 'trawl_runs', type: 'gauge', help: 'Runs that Redis knows', labels: ['state'] },
  entriesWaiting: { name: 'trawl_entries_waiting', type: 'gauge', help: 'Waiting entries in the frontiers of all runs' },
  originsReady: {
    name: 'trawl_origins_ready',
    type: 'gauge',
    help: 'Origins that a worker could visit now; scale workers by this backlog',
  },
  originsThrottled: {
    name: 'trawl_origins_throttled',
    type: 'gauge',
    help: 'Origins that get fewer requests than runs allow',
  },
  entriesInFlight: { name: 'trawl_entries_in_flight', type: 'gauge', help: 'Entries that workers have taken and not settled yet' },
  urlsSettled: {
    name: 'trawl_urls_settled_total',
    type: 'counter',
    help: 'URLs that got a result, by the class of their verdict',
    labels: ['class'],
  },
  retries: { name: 'trawl_retries_total', type: 'counter', help: 'Attempts that were retried' },
  batchesQueued: { name: 'trawl_batches_queued', type: 'gauge', help: 'Batches of lines that are not in a frontier yet' },
  outcomesUnreleased: {
    name: 'trawl_outcomes_unreleased',
    type: 'gauge',
    help: 'Results that no collector has written to disk yet',
  },
  workers: { name: 'trawl_workers', type: 'gauge', help: 'Live worker processes' },
  workerSlots: { name: 'trawl_worker_slots', type: 'gauge', help: 'Requests that live workers can make at a time' },
  workerSlotsBusy: { name: 'trawl_worker_slots_busy', type: 'gauge', help: 'Slots of live workers with a visit under way' },
  redisMemory: { name: 'trawl_redis_memory_bytes', type: 'gauge', help: 'Memory that Redis uses' },
  redisMemoryLimit: {
    name: 'trawl_redis_memory_limit_bytes',
    type: 'gauge',
    help: 'Memory that Redis may use; 0 without a limit',
  },
  redisLatency: {
    name: 'trawl_redis_latency_seconds',
    type: 'gauge',
    help: 'Round-trip time of one command',
  },
} as const satisfies MetricDefinitions;

/** Metrics of a command that fetches. */
export const WORKER = {
  settled: {
    name: 'trawl_worker_urls_settled_total',
    type: 'counter',
    help: 'URLs that this worker settled, by verdict and its class',
    labels: ['class', 'verdict'],
  },
  retries: {
    name: 'trawl_worker_retries_total',
    type: 'counter',
    help: 'Attempts of this worker that were retried',
  },
  fetches: {
    name: 'trawl_worker_fetches_total',
    type: 'counter',
    help: 'Fetches of URLs that ended: with a response, a failure, a redirect that another visit follows, or aborted',
    labels: ['result'],
  },
  inFlight: { name: 'trawl_worker_fetches_in_flight', type: 'gauge', help: 'Fetches of URLs that are under way' },
  concurrency: { name: 'trawl_worker_concurrency', type: 'gauge', help: 'Requests that this worker may make at a time' },
  duration: {
    name: 'trawl_fetch_duration_seconds',
    type: 'histogram',
    help: 'Time of a fetch that ended with a response or a failure, redirects included',
    buckets: LATENCY_BUCKETS,
  },
  phase: {
    name: 'trawl_fetch_phase_duration_seconds',
    type: 'histogram',
    help: 'Time of the phases of the last request of a fetch; dns, connect and tls only if it opened a connection',
    labels: ['phase'],
    buckets: LATENCY_BUCKETS,
  },
  wireBytes: {
    name: 'trawl_fetch_wire_bytes_total',
    type: 'counter',
    help: 'Bytes of response bodies as they came over the network',
  },
  bodyBytes: { name: 'trawl_fetch_body_bytes_total', type: 'counter', help: 'Bytes of response bodies after decoding' },
  visitsLost: {
    name: 'trawl_visits_lost_total',
    type: 'counter',
    help: 'Visits whose lock was lost; other visits fetch their entries again',
  },
} as const satisfies MetricDefinitions;

/** Metrics of a command that writes the logs of runs. */
export const COLLECTOR = {
  runs: { name: 'trawl_collector_runs', type: 'gauge', help: 'Runs that are being collected' },
  rows: { name: 'trawl_collector_saved_rows_total', type: 'counter', help: 'Rows that are safely in the log of a run' },
  bytes: { name: 'trawl_collector_saved_bytes_total', type: 'counter', help: 'Bytes that are safely in the log of a run' },
  checkpoint: {
    name: 'trawl_collector_checkpoint_duration_seconds',
    type: 'histogram',
    help: 'Time of a checkpoint, mostly spent on syncing the log to disk',
    buckets: LATENCY_BUCKETS,
  },
  checkpointAge: {
    name: 'trawl_collector_checkpoint_age_seconds',
    type: 'gauge',
    help: 'Age of the oldest row that no checkpoint covers; 0 if there is none',
    merge: 'max',
  },
} as const satisfies MetricDefinitions;

/** Metrics of the process. With --processes they are summed over the processes; delays are the greatest. */
export const PROCESS = {
  build: {
    name: 'trawl_build_info',
    type: 'gauge',
    help: 'Always 1; the label says which version runs',
    labels: ['version'],
    merge: 'max',
  },
  script: {
    name: 'trawl_redis_script_duration_seconds',
    type: 'histogram',
    help: 'Time from the call of a Lua script to its reply',
    labels: ['script'],
    buckets: SCRIPT_BUCKETS,
  },
  rss: { name: 'process_resident_memory_bytes', type: 'gauge', help: 'Resident memory of this process' },
  cpu: { name: 'process_cpu_seconds_total', type: 'counter', help: 'Processor time that this process used' },
  started: {
    name: 'process_start_time_seconds',
    type: 'gauge',
    help: 'When this process started, in seconds since the epoch',
    merge: 'min',
  },
  delayP50: {
    name: 'nodejs_eventloop_delay_p50_seconds',
    type: 'gauge',
    help: 'Median delay of the event loop in the last 15 to 30 seconds',
    merge: 'max',
  },
  delayP99: {
    name: 'nodejs_eventloop_delay_p99_seconds',
    type: 'gauge',
    help: '99th percentile of the delay of the event loop in the last 15 to 30 seconds',
    merge: 'max',
  },
} as const satisfies MetricDefinitions;

/** The groups of metrics, and the commands that show them. The tables in docs/operations.md are made from this. */
export const METRIC_GROUPS = [
  { title: 'The deployment', shownBy: ['serve', 'crawl', 'check', 'watch'], metrics: DEPLOYMENT },
  { title: 'Workers', shownBy: ['worker', 'crawl', 'check', 'watch'], metrics: WORKER },
  { title: 'Collectors', shownBy: ['collect', 'crawl', 'check', 'watch'], metrics: COLLECTOR },
  { title: 'Every process', shownBy: ['serve', 'worker', 'collect', 'crawl', 'check', 'watch'], metrics: PROCESS },
] as const;

/** True if the command shows the group. */
export function shows(command: string, metrics: MetricDefinitions): boolean {
  return METRIC_GROUPS.some((group) => group.metrics === metrics && (group.shownBy as readonly string[]).includes(command));
}

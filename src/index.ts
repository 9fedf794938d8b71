/** The entry point of the package: everything that a program can import from `trawl`. */

export { type CrawlOptions, type CrawlRequest, crawl } from './crawl-outcomes.ts';
export type { RunCounts } from './engine/run-counts.ts';
export type { Outcome, OutcomeError, RedirectHop, Timings } from './model/outcome.ts';
export type { Json } from './model/request-spec.ts';
export type { RunOptions } from './model/run-options.ts';
export type { Verdict } from './model/verdict.ts';
export type { ReduceFunction } from './report/reducer.ts';
export type { MapFunction, Page } from './worker/map/page.ts';

/** The package's entry: what a program imports from `trawl`. */
export type { Outcome, OutcomeError, RedirectHop, Timings } from './core/outcome.ts';
export type { Json } from './core/request-spec.ts';
export type { RunOptions } from './core/run-options.ts';
export type { Verdict } from './core/verdict.ts';
export { type CrawlOptions, type CrawlRequest, crawl } from './crawl-outcomes.ts';
export type { RunCounts } from './engine/engine.ts';
export type { MapFunction, Page } from './page/page.ts';
export type { ReduceFunction } from './report/reducer.ts';

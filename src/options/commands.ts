/** Commands that need Redis. */
export const NEEDS_REDIS = [
  'enqueue',
  'worker',
  'collect',
  'serve',
  'schedule',
  'status',
  'pause',
  'resume',
  'cancel',
  'seal',
  'rm',
] as const;

/** All commands, in the order of help. */
export const COMMANDS = [
  'crawl',
  'check',
  'watch',
  'plan',
  'explain',
  'report',
  'runs',
  'diff',
  'prune',
  'config',
  ...NEEDS_REDIS,
] as const;
export type Command = (typeof COMMANDS)[number];

/** Commands that produce, work, collect and report in one process. */
export const CRAWLS = ['crawl', 'check'] as const;
export const NAMES_RUNS = [...CRAWLS, 'enqueue'] as const;
export const OPENS_RUNS = [...NAMES_RUNS, 'watch'] as const;
export const JUDGES_LINKS = [...NAMES_RUNS, 'explain'] as const;
export const PLANS_RUNS = [...OPENS_RUNS, 'plan'] as const;
/** Commands that fetch with the options of a run. `plan` fetches no pages, but it downloads lists and sitemaps as the run would. */
export const FETCHES_BY_RUN = [...PLANS_RUNS, 'explain'] as const;
export const READS_LISTS = [...NAMES_RUNS, 'plan'] as const;
export const FETCHES = [...CRAWLS, 'worker', 'watch'] as const;
export const DOWNLOADS = ['enqueue', 'plan'] as const;
export const REACHES_OUT = [...FETCHES, 'explain', ...DOWNLOADS] as const;
/** Commands whose exit code depends on the results. */
export const GATED = [...CRAWLS, 'collect', 'report'] as const;
export const USES_ENGINE = [...CRAWLS, 'watch', 'prune', ...NEEDS_REDIS] as const;
/** Commands that remove old runs. `collect` does so while it collects. */
export const PRUNES = ['prune', 'collect'] as const;

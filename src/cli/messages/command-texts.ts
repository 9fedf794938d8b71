import type { Command } from '../../options/commands.ts';

/** What help says about a command, in addition to its options. */
interface CommandText {
  /** The words after the command. Empty if it takes none. */
  words:
    | ''
    | '[SOURCE...]'
    | '[RUN...]'
    | '[RUN]'
    | '<RUN...>'
    | '<RUN|FILE>'
    | '<RUN|FILE> <RUN|FILE>'
    | '<URL>'
    | '[COMMAND]'
    | '<add|list|rm|run> [NAME] [SOURCE...]';
  /** The heading under which `trawl --help` lists it. */
  group: 'Check and crawl' | 'Results' | 'Cluster (with Redis)';
  summary: string;
  description: string;
  examples: readonly string[];
}

const SOURCE = `SOURCE is one of:
  URL               a URL with its scheme, such as https://example.com/
  FILE              a list with one URL per line; # starts a comment
  FILE.jsonl, .csv  requests with their own method, headers and body, or a table
  FILE.md, .html    a document whose links are checked; or a folder of them
  -                 a list on stdin
A line without a scheme, such as example.com, is requested by http.`;

const WATCH = `Checks every service again and again, and prints a line when one goes down, gets slow, recovers, or has a certificate that expires soon. A terminal also shows a live table. The last output is a table; with --times, the command exits with 2 if a service is down at the end (slow is not down). With --redis, all running workers take part. If a check is still going on when the next round starts, its service is skipped in that round. Retry-After does not delay checks.

SOURCE is a file with one service per line (blank lines and # comments are ignored), - for stdin, or a service: URL [STATUSES] [~ TEXT] [< TIME], as in

  https://example.com/health 200 ~ "all good" < 500ms

STATUSES (such as 200-299,304) are the accepted statuses (default: --accept), TEXT must be in the body, and TIME is the limit above which the service counts as slow.`;

export const COMMAND_TEXTS: Readonly<Record<Command, CommandText>> = {
  crawl: {
    words: '[SOURCE...]',
    group: 'Check and crawl',
    summary: 'fetch every URL of the sources; trawl urls.txt is short for trawl crawl urls.txt',
    description: `Fetches every URL of the sources and reports one row for each. With --depth it follows links. With --redis, all running workers take part.\n\n${SOURCE}`,
    examples: [
      'trawl urls.txt',
      'cat urls.txt | trawl -',
      'trawl -d all https://example.com/',
      'trawl README.md docs/',
      'trawl -c 50 --timeout 5s -f json -o report.json -f table urls.txt',
    ],
  },
  check: {
    words: '[SOURCE...]',
    group: 'Check and crawl',
    summary: 'check a whole site, or documents: pages, images, scripts, fragments, links to other sites',
    description: `Follows the links of a site to all of its pages and checks everything on them: images, scripts, style sheets, #fragments, links marked nofollow, and links to other sites (requested once, not followed). Each failure is listed with the pages that link to it. robots.txt is obeyed. It is trawl crawl with other defaults: -d all --links all --check-external --check-nofollow --fragments --private linked --referrers.

${SOURCE}`,
    examples: [
      'trawl check https://example.com/',
      'trawl check README.md docs/',
      'trawl check --skip external https://example.com/',
      'trawl check -d 2 --exclude /archive/ https://example.com/',
    ],
  },
  enqueue: {
    words: '[SOURCE...]',
    group: 'Cluster (with Redis)',
    summary: 'hand the URLs of the sources to the workers, and print the run id',
    description: `Opens a run on Redis, submits every line of the sources, seals the run, and prints its id alone on stdout.\n\n${SOURCE}`,
    examples: ['trawl enqueue urls.txt', 'RUN=$(trawl enqueue --host-concurrency 20 urls.txt)'],
  },
  worker: {
    words: '',
    group: 'Cluster (with Redis)',
    summary: 'fetch for every run on this Redis, until stopped',
    description:
      'Fetches for every run on this Redis until SIGINT, SIGTERM or SIGHUP. Then it finishes the requests in flight and exits; a second signal forces it to quit.',
    examples: ['trawl worker -c 50'],
  },
  collect: {
    words: '[RUN...]',
    group: 'Cluster (with Redis)',
    summary: 'write the results of the given runs, or of every run until stopped',
    description: 'Writes one row for each URL into a folder for each run. With RUN, it exits when those runs have ended.',
    examples: ['trawl collect', 'trawl collect "$RUN" && trawl report "$RUN"'],
  },
  report: {
    words: '<RUN|FILE>',
    group: 'Results',
    summary: 'make a report from the results of a run, without fetching again',
    description:
      'Takes a run id (or latest), the folder of a run, or a file of rows (NDJSON). It exits with 2 for failures only if an option such as --fail-on failed says so.',
    examples: ['trawl report latest', 'trawl report -f csv -o report.csv .trawl/runs/20261123-101500-k7f3q2'],
  },
  runs: {
    words: '',
    group: 'Results',
    summary: 'list the runs whose results are on this machine, newest first',
    description:
      'Lists the runs in the data folder: start time, state, URLs, failures, size of the folder, and source. In all commands, latest stands for the newest run.',
    examples: ['trawl runs', 'trawl report latest'],
  },
  config: {
    words: '[COMMAND]',
    group: 'Results',
    summary: 'show every option of a command, its value, and where the value comes from',
    description: `Shows the options that a command (default: crawl) would use in this folder, from environment variables, .env, the configuration file, or defaults.

The configuration file is trawl.config.json, or trawl.config.mjs with a default export, in this folder or one above it. It names options like their flags:

  { "timeout": "5s", "hostInterval": "1s", "header": ["Accept-Language: en"] }

Flags and environment variables override it.`,
    examples: ['trawl config', 'trawl config check', 'trawl config --config ci.config.json crawl'],
  },
  diff: {
    words: '<RUN|FILE> <RUN|FILE>',
    group: 'Results',
    summary: 'show what changed between two runs: newly failing, fixed, new, gone',
    description:
      'Compares two runs by URL, the earlier one first. Exits with 2 if something fails in the second that did not fail in the first.',
    examples: ['trawl diff monday tuesday', 'trawl diff -f json before.ndjson after.ndjson'],
  },
  prune: {
    words: '',
    group: 'Results',
    summary: 'remove old runs from this machine, and compress their logs',
    description: `Removes folders of runs from the data folder: by age (--keep), by size (--keep-bytes), or both. With --redis, the runs are removed from Redis too. A run stays if it is running, was interrupted, or was not collected to its end, and a folder stays if it contains a file that Trawl did not write. What stays is listed with the reason.

--compress replaces old logs with compressed ones, which every trawl command reads. trawl collect takes these options too and applies them while it runs.`,
    examples: ['trawl prune --keep 30d --dry-run', 'trawl prune --keep 30d --keep-bytes 50GB', 'trawl prune --compress 7d'],
  },
  plan: {
    words: '[SOURCE...]',
    group: 'Check and crawl',
    summary: 'show how many URLs there are for each origin and how long they will take; fetch nothing',
    description: `Reads the sources like crawl and shows what a crawl would have to do.\n\n${SOURCE}`,
    examples: ['trawl plan urls.txt', 'trawl plan --host-interval 1s urls.txt'],
  },
  explain: {
    words: '<URL>',
    group: 'Check and crawl',
    summary: 'explain why a URL was, or would be, fetched or skipped',
    description:
      'Shows the normalised URL, whether a link to it would be followed, what robots.txt says and in which line, and its address; with --run, also what that run knows about it. Fetches only robots.txt.',
    examples: [
      'trawl explain https://example.com/private/page',
      'trawl explain --from https://example.com/docs/ --scope prefix https://example.com/blog/',
      'trawl explain --run latest https://example.com/docs/missing.html',
    ],
  },
  watch: {
    words: '[SOURCE...]',
    group: 'Check and crawl',
    summary: 'check services again and again, and report changes',
    description: WATCH,
    examples: [
      'trawl watch services.txt',
      'trawl watch --every 10s --times 3 https://example.com/health',
      'trawl watch -f json services.txt | while read -r change; do notify "$change"; done',
    ],
  },
  serve: {
    words: '',
    group: 'Cluster (with Redis)',
    summary: 'serve a web page, an HTTP API and Prometheus metrics for the runs on this Redis',
    description: `Shows all runs live in the browser: progress, failures, throttled origins, workers and Redis. Runs can be started, paused, resumed, cancelled and removed there. The API is described at /api/openapi.json; /metrics is for Prometheus, /healthz and /readyz for health checks.

By default only this machine can reach it. For other machines, set TRAWL_TOKEN and give --listen. Runs that are started here cannot reach private addresses (see --allow-private), and cannot use map modules or environment variables.`,
    examples: ['trawl serve', 'TRAWL_TOKEN=$(openssl rand -hex 24) trawl serve --listen 0.0.0.0:8807 --allow-host crawler.example.com'],
  },
  schedule: {
    words: '<add|list|rm|run> [NAME] [SOURCE...]',
    group: 'Cluster (with Redis)',
    summary: 'start runs at certain times: add, list, rm, run',
    description: `add NAME --cron EXPR -- [check] OPTIONS SOURCE... starts a run at each of these times, with the options and sources after --. A schedule with the same name is replaced. list shows the schedules, rm NAME removes one, and run NAME starts a run now.

Any running worker can start the run, as NAME-DATE-TIME. While the last run of the schedule is still going, no other is started. If no worker is running at the scheduled times, one run makes up for all of them. SOURCE is a URL, --sitemap URL, --list URL, or a file with a list, which is copied into the schedule (1 MB at most).`,
    examples: [
      "trawl schedule add nightly --cron '0 3 * * *' --timezone Europe/Berlin -- check https://example.com/",
      "trawl schedule add shop --cron '*/15 * * * *' -- --sitemap https://example.com/sitemap.xml",
      'trawl schedule list',
      'trawl schedule run nightly',
    ],
  },
  status: {
    words: '[RUN]',
    group: 'Cluster (with Redis)',
    summary: 'show the progress of the runs on this Redis',
    description: 'Shows one line for each run, or for the given one.',
    examples: ['trawl status', 'trawl status -f json latest'],
  },
  pause: {
    words: '<RUN...>',
    group: 'Cluster (with Redis)',
    summary: 'stop sending requests for these runs until they are resumed',
    description: 'Requests in flight are finished. Other runs continue.',
    examples: ['trawl pause "$RUN"'],
  },
  resume: {
    words: '<RUN...>',
    group: 'Cluster (with Redis)',
    summary: 'continue paused runs',
    description: 'Paused runs continue where they stopped.',
    examples: ['trawl resume "$RUN"'],
  },
  cancel: {
    words: '<RUN...>',
    group: 'Cluster (with Redis)',
    summary: 'end runs now; URLs that were not fetched get the verdict cancelled',
    description:
      'Seals the runs and ends them. Every URL that is not in flight gets a row with the verdict cancelled. This cannot be undone.',
    examples: ['trawl cancel "$RUN"'],
  },
  seal: {
    words: '<RUN...>',
    group: 'Cluster (with Redis)',
    summary: 'declare that no more lines will be enqueued',
    description: 'For runs that were enqueued with --open, or whose producer died: they end with the lines that they have.',
    examples: ['trawl seal "$RUN"'],
  },
  rm: {
    words: '<RUN...>',
    group: 'Cluster (with Redis)',
    summary: 'remove runs from Redis',
    description:
      'Results that were not collected are lost, and the run ids cannot be used again for a day. Folders that a collector wrote are kept.',
    examples: ['trawl rm "$RUN"'],
  },
};

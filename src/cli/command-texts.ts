import type { Command } from '../config/option-table.ts';

/** What help says about a command beside its options. */
export interface CommandText {
  /** The words after the command. Empty if it takes none. */
  words: '' | '[SOURCE...]' | '[RUN...]' | '[RUN]' | '<RUN...>' | '<RUN|FILE>' | '<RUN|FILE> <RUN|FILE>' | '<URL>' | '[COMMAND]';
  summary: string;
  description: string;
  examples: readonly string[];
}

const SOURCE =
  'SOURCE is a file with one URL a line (blank lines and # comments are ignored), one of requests (.jsonl) or a table (.csv), a Markdown or HTML file or a folder of them, whose links are checked, - for stdin, or a URL with its scheme. A line without a scheme is taken as http:// if it begins with a host name, localhost or an IP address.';

const WATCH = `Fetches every service of the sources at once and then again and again, and prints a line when one goes down, gets slow, is well again, or has a certificate that ends soon. A terminal shows a live table too. At the end comes a table; with --times, exit 2 if a service is down then (one that is slow is not). With --redis, every worker that is up takes part. A service whose check has not ended is left out of a round, and Retry-After keeps none out of it.

SOURCE is a file with one service a line (blank lines and # comments are ignored), - for stdin, or a service: URL [STATUSES] [~ TEXT] [< TIME], as in

  https://example.com/health 200 ~ "all good" < 500ms

STATUSES (200-299,304) are what it may answer (default: --accept), TEXT is what its body holds, and TIME is how long it may take without being slow.`;

export const COMMAND_TEXTS: Readonly<Record<Command, CommandText>> = {
  crawl: {
    words: '[SOURCE...]',
    summary: 'the whole thing in one process: trawl urls.txt is short for trawl crawl urls.txt',
    description: `Fetches every URL of the sources and reports one row for each; with --depth, what they link to, and so on. With --redis, every worker that is up takes part.\n\n${SOURCE}`,
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
    summary: 'check a whole site, or documents: every page, image, script, fragment and outgoing link',
    description: `Follows the links of a site to all of its pages, and checks what they contain: images, scripts, style sheets, #fragments, links marked nofollow, and links to other sites, which are requested once and not followed. Each failure is listed with the pages that link to it. robots.txt is obeyed. It is trawl crawl with other defaults: -d all --links all --check-external --check-nofollow --fragments --private linked --referrers.

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
    summary: 'producer: hand the URLs to the workers, print the run id',
    description: `Opens a run on Redis, submits every line of the sources, seals the run, and prints its id alone on stdout.\n\n${SOURCE}`,
    examples: ['trawl enqueue urls.txt', 'RUN=$(trawl enqueue --host-concurrency 20 urls.txt)'],
  },
  worker: {
    words: '',
    summary: 'worker process, until stopped',
    description:
      'Fetches for every run on this Redis, until SIGINT, SIGTERM or SIGHUP; then finishes what is in flight. A second signal forces the end.',
    examples: ['trawl worker -c 50'],
  },
  collect: {
    words: '[RUN...]',
    summary: 'collector: write the outcomes of the runs named, or of every unclaimed run until stopped',
    description: 'Writes one outcome for each URL into a folder for each run. With RUN it ends when those runs do.',
    examples: ['trawl collect', 'trawl collect "$RUN" && trawl report "$RUN"'],
  },
  report: {
    words: '<RUN|FILE>',
    summary: "render a report from a run's log, without fetching again",
    description:
      'Takes the id of a run in the data folder, the folder of a run, or a file of outcomes (NDJSON). What failed makes exit 2 only where a gate is given, such as --fail-on failed.',
    examples: ['trawl report 20261123-101500-k7f3q2', 'trawl report -f csv -o report.csv .trawl/runs/20261123-101500-k7f3q2'],
  },
  runs: {
    words: '',
    summary: 'the runs whose results are on this machine, newest first',
    description:
      'Lists the runs in the data folder: when each began, its state, its URLs and failures, the size of its folder, and its source. In any command, latest stands for the newest run.',
    examples: ['trawl runs', 'trawl report latest'],
  },
  config: {
    words: '[COMMAND]',
    summary: 'every option of a command, its value, and where that comes from',
    description:
      'Shows what a command (crawl, if none is named) runs with in this folder: from the environment, .env and the configuration file, or by default. A configuration file is trawl.config.json, or trawl.config.mjs with a default export, in this folder or one above it. It sets options by the names of their flags without dashes, as in { "timeout": "5s", "hostInterval": "1s", "header": ["Accept-Language: en"] }. Flags and environment variables go before it.',
    examples: ['trawl config', 'trawl config check', 'trawl config --config ci.config.json crawl'],
  },
  diff: {
    words: '<RUN|FILE> <RUN|FILE>',
    summary: 'what changed from one run to another: newly failing, mended, new, gone',
    description: 'Compares two logs by URL, the earlier one first. Exit 2 if something fails in the second that did not in the first.',
    examples: ['trawl diff monday tuesday', 'trawl diff -f json before.ndjson after.ndjson'],
  },
  plan: {
    words: '[SOURCE...]',
    summary: 'URLs for each origin and the least time that they take; fetches nothing',
    description: `Reads the sources as crawl does, and says what it would have to do.\n\n${SOURCE}`,
    examples: ['trawl plan urls.txt', 'trawl plan --host-interval 1s urls.txt'],
  },
  explain: {
    words: '<URL>',
    summary: 'why a URL was, or would be, fetched or skipped',
    description:
      'Tells the form by which the URL is known, whether a link to it would be followed, what robots.txt says and in which line, and what its address is; with --run, what that run has of it. Fetches robots.txt and nothing else.',
    examples: [
      'trawl explain https://example.com/private/page',
      'trawl explain --from https://example.com/docs/ --scope prefix https://example.com/blog/',
      'trawl explain --run 20261123-101500-k7f3q2 https://example.com/docs/missing.html',
    ],
  },
  watch: {
    words: '[SOURCE...]',
    summary: 'check services again and again, and tell what changes',
    description: WATCH,
    examples: [
      'trawl watch services.txt',
      'trawl watch --every 10s --times 3 https://example.com/health',
      'trawl watch -f json services.txt | while read -r change; do notify "$change"; done',
    ],
  },
  status: {
    words: '[RUN]',
    summary: 'where the runs on this Redis stand',
    description: 'One line for each run, or for the one named.',
    examples: ['trawl status', 'trawl status -f json "$RUN"'],
  },
  pause: {
    words: '<RUN...>',
    summary: 'start no further request of the runs, until resume',
    description: 'What is in flight is finished. Other runs go on.',
    examples: ['trawl pause "$RUN"'],
  },
  resume: {
    words: '<RUN...>',
    summary: 'go on with paused runs',
    description: 'Paused runs go on where they were.',
    examples: ['trawl resume "$RUN"'],
  },
  cancel: {
    words: '<RUN...>',
    summary: 'end runs: what has not been fetched gets the verdict cancelled',
    description:
      'Seals the runs and ends them: every URL that is not in flight gets a row with the verdict cancelled. There is no way back.',
    examples: ['trawl cancel "$RUN"'],
  },
  seal: {
    words: '<RUN...>',
    summary: 'say that no more batches will come',
    description: 'For runs that were enqueued with --open, or whose producer did not come back: they end with what was submitted.',
    examples: ['trawl seal "$RUN"'],
  },
  rm: {
    words: '<RUN...>',
    summary: 'remove runs from Redis',
    description:
      'Whatever has not been collected is lost, and the ids cannot be used again for a day. Folders that a collector wrote stay.',
    examples: ['trawl rm "$RUN"'],
  },
};

import { accept, type Parsed } from '../core/parsed.ts';
import { REPORT_FORMATS } from '../core/report-formats.ts';
import { statusRanges } from '../core/status-ranges.ts';
import { originCredentials } from './parse-auth.ts';
import { fileExtensions, fileNames, remapText } from './parse-documents.ts';
import { linkDepth, regexText, scopeKind, stripParamNames } from './parse-follow.ts';
import { failOn, failureLimit, latencyLimit } from './parse-gates.ts';
import { headerLine, userAgent } from './parse-header.ts';
import {
  cellDelimiter,
  durationMs,
  integer,
  keyPrefix,
  listOf,
  oneOf,
  proxyUrl,
  requestMethod,
  resolverServers,
  runId,
  sitemapUrl,
  sizeBytes,
  text,
  urlWith,
  variableNames,
} from './parse-values.ts';
import { HOMEPAGE, VERSION } from './product.ts';

export const COMMANDS = [
  'crawl',
  'check',
  'enqueue',
  'worker',
  'collect',
  'report',
  'runs',
  'config',
  'diff',
  'plan',
  'explain',
  'watch',
  'status',
  'pause',
  'resume',
  'cancel',
  'seal',
  'rm',
] as const;
export type Command = (typeof COMMANDS)[number];

/** One option: all that parsing, help and documentation know about it. */
export interface OptionSpec<T = unknown> {
  /** The long flag. Absent where only the environment can set it. */
  flag?: `--${string}`;
  short?: `-${string}`;
  /** What stands for the value in help. Absent for a switch. */
  valueName?: string;
  env?: string;
  /** A name shared with other software, read after `env`, and only by the commands named. */
  sharedEnv?: { name: string; commands: readonly Command[] };
  /** As it would be written on the command line; absent if there is none. */
  default?: string;
  /** Commands whose default is another. */
  otherDefaults?: Partial<Record<Command, string>>;
  repeatable?: true;
  /** `run`: travels with the run, and no environment changes it. `process`: each process's own. `report`: what is done with the outcomes. */
  scope: 'run' | 'process' | 'report';
  commands: readonly Command[];
  /** Meaning, unit and minimum, as help prints it. */
  meaning: string;
  parse(text: string): Parsed<T>;
}

/** Produce, work, collect and report in one process. */
export const CRAWLS = ['crawl', 'check'] as const;
const NAMES_RUNS = [...CRAWLS, 'enqueue'] as const;
const OPENS_RUNS = [...NAMES_RUNS, 'watch'] as const;
const JUDGES_LINKS = [...NAMES_RUNS, 'explain'] as const;
const PLANS_RUNS = [...OPENS_RUNS, 'plan'] as const;
/** `plan` fetches no page, but downloads lists and sitemaps as the run would. */
const FETCHES_BY_RUN = [...PLANS_RUNS, 'explain'] as const;
const READS_LISTS = [...NAMES_RUNS, 'plan'] as const;
const FETCHES = [...CRAWLS, 'worker', 'watch'] as const;
const DOWNLOADS = ['enqueue', 'plan'] as const;
const REACHES_OUT = [...FETCHES, 'explain', ...DOWNLOADS] as const;
/** With exit codes that say what came out. */
const GATED = [...CRAWLS, 'collect', 'report'] as const;
/** These do nothing without Redis. */
export const NEEDS_REDIS = ['enqueue', 'worker', 'collect', 'status', 'pause', 'resume', 'cancel', 'seal', 'rm'] as const;
const USES_ENGINE = [...CRAWLS, 'watch', ...NEEDS_REDIS] as const;

/** Every option, by the name under which its value is found. Help and README are generated from it. */
export const OPTIONS = {
  hostConcurrency: {
    flag: '--host-concurrency',
    valueName: 'N',
    default: '10',
    scope: 'run',
    commands: PLANS_RUNS,
    meaning: 'requests in flight to one origin (scheme, host and port), in the whole cluster; at least 1',
    parse: integer(1),
  },
  hostIntervalMs: {
    flag: '--host-interval',
    valueName: 'T',
    default: '0',
    scope: 'run',
    commands: PLANS_RUNS,
    meaning: 'least time between the starts of two requests to one origin, in the whole cluster; T is a number with ms, s or m',
    parse: durationMs(0),
  },
  timeoutMs: {
    flag: '--timeout',
    valueName: 'T',
    default: '30s',
    otherDefaults: { watch: '10s' },
    scope: 'run',
    commands: FETCHES_BY_RUN,
    meaning:
      'one attempt, all of it: DNS, connect, headers, body and every redirect; a body that nothing needs is cut then, and the status decides',
    parse: durationMs(1),
  },
  connectTimeoutMs: {
    flag: '--connect-timeout',
    valueName: 'T',
    default: '10s',
    scope: 'run',
    commands: FETCHES_BY_RUN,
    meaning: 'DNS, TCP and TLS of one connection',
    parse: durationMs(1),
  },
  retries: {
    flag: '--retries',
    valueName: 'N',
    default: '2',
    otherDefaults: { watch: '0' },
    scope: 'run',
    commands: OPENS_RUNS,
    meaning: 'further attempts after a network error, 408, 429 or 5xx, with exponential backoff; Retry-After is obeyed; 0 for none',
    parse: integer(0, 100),
  },
  maxRedirects: {
    flag: '--max-redirects',
    valueName: 'N',
    default: '10',
    scope: 'run',
    commands: OPENS_RUNS,
    meaning: 'redirects followed; 0 makes the 3xx itself the outcome',
    parse: integer(0, 100),
  },
  maxBodyBytes: {
    flag: '--max-body',
    valueName: 'SIZE',
    default: '10MB',
    scope: 'run',
    commands: OPENS_RUNS,
    meaning: 'decoded bytes read of a body, such as 512KB or 1MiB; beyond it the outcome is marked truncated',
    parse: sizeBytes(1),
  },
  scheme: {
    flag: '--scheme',
    valueName: 'SCHEME',
    scope: 'run',
    commands: [...NAMES_RUNS, 'plan', 'explain'],
    meaning:
      'how to request a URL that is given without a scheme, such as example.com: http, https, or auto, which tries https and then, if no https connection comes about, http (default: http)',
    parse: oneOf('auto', 'https', 'http'),
  },
  method: {
    flag: '--method',
    valueName: 'METHOD',
    default: 'GET',
    scope: 'run',
    commands: OPENS_RUNS,
    meaning:
      'the request method; after a HEAD that is answered with 400, 403, 404, 405, 500 or 501, a GET decides; what is not GET, HEAD or OPTIONS is sent once',
    parse: requestMethod,
  },
  headers: {
    flag: '--header',
    short: '-H',
    valueName: 'HEADER',
    repeatable: true,
    scope: 'run',
    commands: FETCHES_BY_RUN,
    meaning:
      'a header to send, "Name: value", may be repeated; "Name: env:VAR" takes the value from the environment of each worker, so that secrets do not travel',
    parse: headerLine,
  },
  userAgent: {
    flag: '--user-agent',
    valueName: 'TEXT',
    default: `trawl/${VERSION} (+${HOMEPAGE})`,
    scope: 'run',
    commands: FETCHES_BY_RUN,
    meaning: 'the User-Agent header; say how to reach you',
    parse: userAgent,
  },
  accept: {
    flag: '--accept',
    valueName: 'CODES',
    default: '200-299',
    scope: 'run',
    commands: OPENS_RUNS,
    meaning: 'statuses that count as success, such as 200-299,304',
    parse: statusRanges,
  },
  privateAddresses: {
    flag: '--private',
    valueName: 'POLICY',
    default: 'seeds',
    scope: 'run',
    commands: FETCHES_BY_RUN,
    otherDefaults: { check: 'linked' },
    meaning:
      'which private addresses may be reached: seeds (those of hosts that the list names), linked (those that a page at a private address links to, too), allow (all) or deny (none)',
    parse: oneOf('seeds', 'linked', 'allow', 'deny'),
  },
  insecure: {
    flag: '--insecure',
    scope: 'run',
    commands: FETCHES_BY_RUN,
    meaning: 'report certificate problems (tlsProblem) instead of failing',
    parse: () => accept(true),
  },
  auth: {
    flag: '--auth',
    valueName: 'ORIGIN=LOGIN',
    repeatable: true,
    scope: 'run',
    commands: FETCHES_BY_RUN,
    meaning:
      'credentials for one origin, as in https://example.com=user:password; may be repeated; "ORIGIN=env:VAR" takes them from the environment of each worker',
    parse: originCredentials,
  },
  map: {
    flag: '--map',
    valueName: 'FILE',
    scope: 'run',
    commands: OPENS_RUNS,
    meaning:
      'a module that exports map(page): what it returns becomes data of the outcome; it runs on the workers, which look for the file in their own --maps folders',
    parse: text,
  },
  mapTimeoutMs: {
    flag: '--map-timeout',
    valueName: 'T',
    default: '10s',
    scope: 'run',
    commands: OPENS_RUNS,
    meaning: 'what map may take for one page',
    parse: durationMs(1),
  },
  depth: {
    flag: '--depth',
    short: '-d',
    valueName: 'N',
    default: '0',
    otherDefaults: { check: 'all', explain: 'all' },
    scope: 'run',
    commands: NAMES_RUNS,
    meaning: 'follow links, N deep from each URL of the list, or all; 0: the list only',
    parse: linkDepth,
  },
  links: {
    flag: '--links',
    valueName: 'WHICH',
    default: 'pages',
    otherDefaults: { check: 'all' },
    scope: 'run',
    commands: NAMES_RUNS,
    meaning: 'with --depth: pages, or all: images, scripts, stylesheets, fonts and media too',
    parse: oneOf('pages', 'all'),
  },
  scope: {
    flag: '--scope',
    valueName: 'SCOPE',
    default: 'host',
    scope: 'run',
    commands: JUDGES_LINKS,
    meaning:
      'which links are followed: those to the same origin, host, domain (as registered, with all its hosts), prefix (below the folder of the URL in the list) or any',
    parse: scopeKind,
  },
  include: {
    flag: '--include',
    valueName: 'REGEX',
    repeatable: true,
    scope: 'run',
    commands: JUDGES_LINKS,
    meaning: 'follow only links whose URL matches this, or another --include',
    parse: regexText,
  },
  exclude: {
    flag: '--exclude',
    valueName: 'REGEX',
    repeatable: true,
    scope: 'run',
    commands: JUDGES_LINKS,
    meaning:
      'do not request URLs that match this, with or without their #fragment; those of the list are reported as skipped (out-of-scope)',
    parse: regexText,
  },
  stripParams: {
    flag: '--strip-params',
    valueName: 'NAMES',
    scope: 'run',
    commands: JUDGES_LINKS,
    meaning: "take these query parameters out of each URL, as in 'utm_*,sid'",
    parse: stripParamNames,
  },
  checkExternal: {
    flag: '--check-external',
    scope: 'run',
    commands: NAMES_RUNS,
    otherDefaults: { check: 'yes' },
    meaning:
      'with --depth: request links that leave the scope, and the links of documents, once, by HEAD and if need be by GET, and do not follow them',
    parse: () => accept(true),
  },
  checkNofollow: {
    flag: '--check-nofollow',
    scope: 'run',
    commands: NAMES_RUNS,
    otherDefaults: { check: 'yes' },
    meaning: 'with --depth: request links that are marked nofollow once, likewise, and do not follow them',
    parse: () => accept(true),
  },
  skippedParts: {
    flag: '--skip',
    valueName: 'PARTS',
    scope: 'run',
    commands: ['check'],
    meaning:
      'what not to check, with commas between: external (links that leave the site), nofollow, fragments, resources (images, scripts, style sheets and the like)',
    parse: listOf('external', 'nofollow', 'fragments', 'resources'),
  },
  maxUrls: {
    flag: '--max-urls',
    valueName: 'N',
    scope: 'run',
    commands: NAMES_RUNS,
    meaning: 'follow no more links when the run has so many URLs',
    parse: integer(1),
  },
  maxUrlsPerHost: {
    flag: '--max-urls-per-host',
    valueName: 'N',
    default: '100000',
    scope: 'run',
    commands: NAMES_RUNS,
    meaning: 'follow no more links to a host when the run has so many URLs of it',
    parse: integer(1),
  },
  maxPathSegments: {
    flag: '--max-path-segments',
    valueName: 'N',
    default: '32',
    scope: 'run',
    commands: JUDGES_LINKS,
    meaning: 'follow no links with more parts of a path than that: they are taken for a trap',
    parse: integer(1, 1_000),
  },
  robots: {
    flag: '--robots',
    scope: 'run',
    commands: NAMES_RUNS,
    meaning: 'obey robots.txt, its Crawl-delay, and nofollow, also without --depth; with --depth that is so anyway',
    parse: () => accept(true),
  },
  noRobots: {
    flag: '--no-robots',
    scope: 'run',
    commands: JUDGES_LINKS,
    meaning: 'neither ask for robots.txt nor look for nofollow',
    parse: () => accept(true),
  },
  fragments: {
    flag: '--fragments',
    scope: 'run',
    commands: NAMES_RUNS,
    otherDefaults: { check: 'yes' },
    meaning: 'with --depth, and of links in documents: check that what the #fragment of a link points at is there',
    parse: () => accept(true),
  },
  excludeFragments: {
    flag: '--exclude-fragments',
    valueName: 'REGEX',
    repeatable: true,
    scope: 'run',
    commands: NAMES_RUNS,
    meaning: 'check the page of a link but not its fragment if the URL with its #fragment matches this; may be repeated',
    parse: regexText,
  },
  showSkipped: {
    flag: '--show-skipped',
    scope: 'run',
    commands: [...NAMES_RUNS, 'report'],
    meaning:
      'list the links that were left out, and why (those beyond --depth, --max-urls and --max-urls-per-host, and mailto: and the like, are only counted); report shows them of a run that was crawled with it',
    parse: () => accept(true),
  },
  concurrency: {
    flag: '--concurrency',
    short: '-c',
    valueName: 'N',
    env: 'TRAWL_CONCURRENCY',
    default: '10',
    scope: 'process',
    commands: [...FETCHES, 'plan'],
    meaning: 'requests in flight in this process, never more; at least 1',
    parse: integer(1, 100_000),
  },
  proxy: {
    flag: '--proxy',
    valueName: 'URL',
    env: 'TRAWL_PROXY',
    scope: 'process',
    commands: REACHES_OUT,
    meaning: 'send all requests through this HTTP proxy, but for hosts that NO_PROXY lists',
    parse: urlWith('http', 'https'),
  },
  httpProxy: {
    env: 'HTTP_PROXY',
    sharedEnv: { name: 'http_proxy', commands: REACHES_OUT },
    scope: 'process',
    commands: REACHES_OUT,
    meaning: 'the proxy for http URLs, where --proxy is not given; this machine itself is reached without',
    parse: proxyUrl,
  },
  httpsProxy: {
    env: 'HTTPS_PROXY',
    sharedEnv: { name: 'https_proxy', commands: REACHES_OUT },
    scope: 'process',
    commands: REACHES_OUT,
    meaning: 'the proxy for https URLs, where --proxy is not given',
    parse: proxyUrl,
  },
  noProxy: {
    env: 'NO_PROXY',
    sharedEnv: { name: 'no_proxy', commands: REACHES_OUT },
    scope: 'process',
    commands: REACHES_OUT,
    meaning:
      'hosts that are reached without a proxy, with commas between: names and all under them, host:port, IP addresses, CIDR blocks, * for all',
    parse: text,
  },
  resolver: {
    flag: '--resolver',
    valueName: 'ADDRESS,…',
    env: 'TRAWL_RESOLVER',
    scope: 'process',
    commands: REACHES_OUT,
    meaning:
      "DNS servers to ask, such as 192.0.2.53 or [2001:db8::53]:5353, with commas between; or system, for the operating system's resolver (getaddrinfo). Default: the system's DNS servers on Linux, system elsewhere",
    parse: resolverServers,
  },
  privateCeiling: {
    env: 'TRAWL_PRIVATE',
    scope: 'process',
    commands: [...FETCHES, ...DOWNLOADS],
    meaning: 'seeds, linked, allow or deny: this process goes no further than that, whatever a run asks for',
    parse: oneOf('seeds', 'linked', 'allow', 'deny'),
  },
  drainMs: {
    flag: '--drain',
    valueName: 'T',
    env: 'TRAWL_DRAIN',
    default: '20s',
    scope: 'process',
    commands: FETCHES,
    meaning: 'after SIGINT, SIGTERM or SIGHUP, how long to finish what is in flight; the rest is given back',
    parse: durationMs(0),
  },
  saveBodies: {
    flag: '--save-bodies',
    valueName: 'DIR',
    env: 'TRAWL_SAVE_BODIES',
    scope: 'process',
    commands: FETCHES,
    meaning: 'save each body, decoded, in a file under DIR, which the outcome names (bodyFile)',
    parse: text,
  },
  maps: {
    flag: '--maps',
    valueName: 'DIR',
    env: 'TRAWL_MAPS',
    default: '.',
    scope: 'process',
    commands: FETCHES,
    meaning:
      'where --map is looked for; modules of runs on Redis are taken from below this folder only, and never from a folder of saved bodies',
    parse: text,
  },
  envAllow: {
    env: 'TRAWL_ENV_ALLOW',
    scope: 'process',
    commands: REACHES_OUT,
    meaning: 'the environment variables that env:NAME in headers and --auth may name, such as API_TOKEN,SITE_*; without it, all',
    parse: variableNames,
  },
  listUrls: {
    flag: '--list',
    valueName: 'URL',
    repeatable: true,
    scope: 'process',
    commands: PLANS_RUNS,
    meaning: 'download a list and take the URLs from it; may be repeated',
    parse: urlWith('http', 'https'),
  },
  sitemapUrls: {
    flag: '--sitemap',
    valueName: 'URL|auto',
    repeatable: true,
    scope: 'process',
    commands: PLANS_RUNS,
    meaning:
      'download a sitemap (XML, index, gzip, RSS, Atom or text) and take its pages, and those of the sitemaps that it lists; may be repeated; auto: the sitemaps of the sites of all URLs on the command line, as their robots.txt names them, or /sitemap.xml',
    parse: sitemapUrl,
  },
  input: {
    flag: '--input',
    valueName: 'FORMAT',
    default: 'auto',
    scope: 'process',
    commands: READS_LISTS,
    meaning:
      'how sources are read: lines (a URL each), jsonl (a record each), csv or tsv, markdown or html (for their links); auto goes by the ending of the name: .jsonl, .ndjson, .csv, .tsv, .md, .markdown, .mdx, .html, .htm, .xhtml',
    parse: oneOf('auto', 'lines', 'jsonl', 'csv', 'tsv', 'markdown', 'html'),
  },
  rootDir: {
    flag: '--root-dir',
    valueName: 'DIR',
    scope: 'process',
    commands: READS_LISTS,
    meaning:
      'of documents: the folder that / stands for in their links (default: of HTML below a folder, that folder; of others, the Git repository that they are in, or else the working directory)',
    parse: text,
  },
  excludePaths: {
    flag: '--exclude-path',
    valueName: 'REGEX',
    repeatable: true,
    scope: 'process',
    commands: READS_LISTS,
    meaning:
      'do not read files whose path matches this, such as ^vendor/; may be repeated; a source of the form !PATTERN, such as "!vendor/**", excludes the files that match a pattern',
    parse: regexText,
  },
  fallbackExtensions: {
    flag: '--fallback-extensions',
    valueName: 'EXT,…',
    scope: 'process',
    commands: READS_LISTS,
    meaning:
      'in documents: if the file of a local link does not exist, try its name with these extensions, as in html,md; for sites that serve about.html as /about',
    parse: fileExtensions,
  },
  indexFiles: {
    flag: '--index-files',
    valueName: 'NAME,…',
    scope: 'process',
    commands: READS_LISTS,
    meaning:
      'in documents: a link to a folder needs one of these files in it; . accepts a folder without one (default: index.html or index.htm for links in HTML below a named folder, or with --root-dir; other links need none)',
    parse: fileNames,
  },
  remaps: {
    flag: '--remap',
    valueName: 'PATTERN=TO',
    repeatable: true,
    scope: 'process',
    commands: READS_LISTS,
    meaning:
      'in documents: replace what a regular expression matches in an http or https link, and check the result; a result without a scheme is a local file, as in --remap https://example.com/=public/; the first rule that matches counts; may be repeated',
    parse: remapText,
  },
  wikiLinks: {
    flag: '--wiki-links',
    scope: 'process',
    commands: READS_LISTS,
    meaning: 'in Markdown: check [[page]], [[page#heading|text]] and ![[image.png]] too; pages are found by path or by name',
    parse: () => accept(true),
  },
  urlColumn: {
    flag: '--url-column',
    valueName: 'NAME',
    scope: 'process',
    commands: READS_LISTS,
    meaning: 'of CSV: the column that holds the URL, by its name or its number; the others come back under meta',
    parse: text,
  },
  delimiter: {
    flag: '--delimiter',
    valueName: 'C',
    scope: 'process',
    commands: READS_LISTS,
    meaning: 'of CSV: the character between cells, or tab (default: the one of comma, semicolon, tab and | that the first row has most)',
    parse: cellDelimiter,
  },
  dedupe: {
    flag: '--dedupe',
    valueName: 'HOW',
    default: 'auto',
    scope: 'process',
    commands: READS_LISTS,
    meaning: 'url: a URL that came before is a duplicate; none: each line is fetched; auto: url for lists, none for records and tables',
    parse: oneOf('auto', 'url', 'none'),
  },
  run: {
    flag: '--run',
    valueName: 'ID',
    scope: 'process',
    commands: NAMES_RUNS,
    meaning: 'the id of the run (default: a new one)',
    parse: runId,
  },
  ofRun: {
    flag: '--run',
    valueName: 'RUN',
    scope: 'process',
    commands: ['explain'],
    meaning: 'explain by the options and the rows of this run (latest: the newest one)',
    parse: text,
  },
  fromUrls: {
    flag: '--from',
    valueName: 'URL',
    repeatable: true,
    scope: 'process',
    commands: ['explain'],
    meaning: 'the seed or page from which the scope is seen; may be repeated (default: the URLs that the run was begun with)',
    parse: urlWith('http', 'https'),
  },
  continueRun: {
    flag: '--continue',
    valueName: 'RUN',
    scope: 'process',
    commands: CRAWLS,
    meaning:
      'go on with a run that was interrupted (latest: the newest one): what has a row is not fetched again; its sources and run options are those it was begun with, unless others are given',
    parse: text,
  },
  open: {
    flag: '--open',
    scope: 'process',
    commands: ['enqueue'],
    meaning: 'do not seal the run: more batches will come',
    parse: () => accept(true),
  },
  noWork: {
    flag: '--no-work',
    scope: 'process',
    commands: CRAWLS,
    meaning: 'with --redis: fetch nothing here, leave that to the workers',
    parse: () => accept(true),
  },
  everyMs: {
    flag: '--every',
    valueName: 'T',
    default: '30s',
    scope: 'process',
    commands: ['watch'],
    meaning: 'time from one round of checks to the next; at least 100ms',
    parse: durationMs(100),
  },
  times: {
    flag: '--times',
    valueName: 'N',
    scope: 'process',
    commands: ['watch'],
    meaning: 'end after N rounds (default: at Ctrl-C, SIGTERM or SIGHUP)',
    parse: integer(1),
  },
  confirm: {
    flag: '--confirm',
    valueName: 'N',
    default: '2',
    scope: 'process',
    commands: ['watch'],
    meaning: 'so many checks in a row that find another state make a change; the first state of a service counts at once',
    parse: integer(1, 1_000),
  },
  certificateDays: {
    flag: '--cert-days',
    valueName: 'N',
    default: '14',
    scope: 'process',
    commands: ['watch'],
    meaning: 'tell of a certificate that ends within so many days, once a day at most',
    parse: integer(0, 10_000),
  },
  redisUrl: {
    flag: '--redis',
    valueName: 'URL',
    env: 'TRAWL_REDIS_URL',
    sharedEnv: { name: 'REDIS_URL', commands: NEEDS_REDIS },
    scope: 'process',
    commands: USES_ENGINE,
    meaning: 'the Redis that the processes share, such as redis://127.0.0.1:6379',
    parse: urlWith('redis', 'rediss'),
  },
  redisPasswordFile: {
    env: 'TRAWL_REDIS_PASSWORD_FILE',
    scope: 'process',
    commands: USES_ENGINE,
    meaning: 'a file with the password of Redis, such as a Docker secret; an empty file means none',
    parse: text,
  },
  prefix: {
    flag: '--prefix',
    valueName: 'NAME',
    env: 'TRAWL_PREFIX',
    default: 'trawl',
    scope: 'process',
    commands: USES_ENGINE,
    meaning: 'what all keys in Redis begin with; one for each deployment',
    parse: keyPrefix,
  },
  lockMs: {
    env: 'TRAWL_LOCK',
    default: '10s',
    scope: 'process',
    commands: FETCHES,
    meaning: 'with Redis: a worker that has not been heard of for this long has lost its visits; at least 500ms, the same for all workers',
    parse: durationMs(500),
  },
  stalledCheckMs: {
    env: 'TRAWL_STALLED_CHECK',
    default: '5s',
    scope: 'process',
    commands: FETCHES,
    meaning: 'with Redis: how often each worker looks for visits that were lost, and takes them over; at least 100ms',
    parse: durationMs(100),
  },
  dataDir: {
    flag: '--data-dir',
    valueName: 'DIR',
    env: 'TRAWL_DATA_DIR',
    default: '.trawl/runs',
    scope: 'process',
    commands: [...FETCHES, 'collect', 'report', 'diff', 'explain', 'runs'],
    meaning: 'where each run has a folder with its outcomes; a worker writes nothing there, and takes no map module from it',
    parse: text,
  },
  format: {
    flag: '--format',
    short: '-f',
    valueName: 'F',
    default: 'table',
    repeatable: true,
    scope: 'report',
    commands: [...CRAWLS, 'report'],
    meaning: `${REPORT_FORMATS.join(', ')}; with -o repeatable in pairs: -f json -o r.json -f table; without -f the file's ending decides; ndjson to stdout streams as rows settle; result is that of --reduce alone`,
    parse: oneOf(...REPORT_FORMATS),
  },
  statusFormat: {
    flag: '--format',
    short: '-f',
    valueName: 'F',
    default: 'table',
    scope: 'report',
    commands: ['status', 'diff', 'plan', 'explain', 'runs', 'config'],
    meaning: 'table or json',
    parse: oneOf('table', 'json'),
  },
  watchFormat: {
    flag: '--format',
    short: '-f',
    valueName: 'F',
    default: 'text',
    scope: 'report',
    commands: ['watch'],
    meaning: 'text, or json: one object a line for each change',
    parse: oneOf('text', 'json'),
  },
  output: {
    flag: '--output',
    short: '-o',
    valueName: 'FILE',
    default: '-',
    repeatable: true,
    scope: 'report',
    commands: [...CRAWLS, 'report'],
    meaning: 'where the report goes; - is stdout',
    parse: text,
  },
  order: {
    flag: '--order',
    valueName: 'ORDER',
    default: 'completion',
    scope: 'report',
    commands: [...CRAWLS, 'report'],
    meaning: 'rows in order of completion, or of input',
    parse: oneOf('completion', 'input'),
  },
  everyRow: {
    flag: '--all',
    scope: 'report',
    commands: [...CRAWLS, 'report'],
    meaning:
      'show every row in the table on a terminal, which otherwise shows only the failures if links were followed or the rows do not fit on the screen',
    parse: () => accept(true),
  },
  color: {
    flag: '--color',
    valueName: 'WHEN',
    default: 'auto',
    scope: 'report',
    commands: [...CRAWLS, 'report'],
    meaning: 'colours in the table: auto (on a terminal, unless NO_COLOR is set; FORCE_COLOR forces them), always or never',
    parse: oneOf('auto', 'always', 'never'),
  },
  referrers: {
    flag: '--referrers',
    scope: 'report',
    commands: [...CRAWLS, 'report'],
    otherDefaults: { check: 'yes' },
    meaning: 'list every page that links to a failed URL, not only the first',
    parse: () => accept(true),
  },
  reduce: {
    flag: '--reduce',
    valueName: 'FILE',
    scope: 'report',
    commands: GATED,
    meaning:
      'a module that exports initial, reduce(result, value, row) and perhaps finish(result): it folds the data of all rows, in order of input, into the result of the report',
    parse: text,
  },
  failOn: {
    flag: '--fail-on',
    valueName: 'WHAT',
    default: 'failed',
    scope: 'report',
    commands: GATED,
    meaning:
      'what makes exit 2: none, failed (all failures, missing fragments too), skipped, fragments, or verdicts such as broken,timeout',
    parse: failOn,
  },
  maxFailures: {
    flag: '--max-failures',
    valueName: 'N|P%',
    default: '0',
    scope: 'report',
    commands: GATED,
    meaning: 'so many failures, or such a part of all rows, do not make exit 2',
    parse: failureLimit,
  },
  maxLatency: {
    flag: '--max-latency',
    valueName: 'PN=T',
    repeatable: true,
    scope: 'report',
    commands: GATED,
    meaning: 'a higher latency makes exit 2, as in p95=800ms or max=5s; may be repeated',
    parse: latencyLimit,
  },
  baseline: {
    flag: '--baseline',
    valueName: 'RUN|FILE',
    scope: 'report',
    commands: GATED,
    meaning: 'an earlier run, or its outcome log: what failed there already does not count as a failure',
    parse: text,
  },
  ignoreFile: {
    flag: '--ignore',
    valueName: 'FILE',
    scope: 'report',
    commands: GATED,
    meaning: 'URLs whose failures do not count: one a line, * stands for anything',
    parse: text,
  },
  configFile: {
    flag: '--config',
    valueName: 'FILE',
    env: 'TRAWL_CONFIG',
    scope: 'process',
    commands: COMMANDS,
    meaning:
      'the configuration file (default: the nearest trawl.config.json or trawl.config.mjs in this folder and those above it; none: read no file)',
    parse: text,
  },
  quiet: {
    flag: '--quiet',
    short: '-q',
    scope: 'process',
    commands: COMMANDS,
    meaning: 'no progress, and only warnings in the log',
    parse: () => accept(true),
  },
  verbose: {
    flag: '--verbose',
    short: '-v',
    scope: 'process',
    commands: COMMANDS,
    meaning: 'log details, to stderr',
    parse: () => accept(true),
  },
  noProgress: {
    flag: '--no-progress',
    scope: 'process',
    commands: [...CRAWLS, 'watch'],
    meaning: 'no progress line and no live table (there are such only if stderr is a terminal)',
    parse: () => accept(true),
  },
  logFormat: {
    env: 'TRAWL_LOG',
    default: 'text',
    scope: 'process',
    commands: COMMANDS,
    meaning: 'text or json: the form of the log on stderr',
    parse: oneOf('text', 'json'),
  },
} as const satisfies Record<string, OptionSpec>;

export type OptionKey = keyof typeof OPTIONS;

type ValueOf<S> = S extends { parse(text: string): Parsed<infer T> } ? (S extends { repeatable: true } ? readonly T[] : T) : never;
type AlwaysThere = { [K in OptionKey]: (typeof OPTIONS)[K] extends { default: string } | { repeatable: true } ? K : never }[OptionKey];

/** What the options came to. Only those that have no default can be absent. */
export type OptionValues = { readonly [K in AlwaysThere]: ValueOf<(typeof OPTIONS)[K]> } & {
  readonly [K in Exclude<OptionKey, AlwaysThere>]?: ValueOf<(typeof OPTIONS)[K]>;
};

/** The options that a command takes, in the order of the table. */
export function optionsOf(command: Command): readonly (readonly [OptionKey, OptionSpec])[] {
  return (Object.entries(OPTIONS) as [OptionKey, OptionSpec][]).filter(([, spec]) => spec.commands.includes(command));
}

/** As it would be written for this command; undefined if there is none. */
export function defaultOf({ default: common, otherDefaults }: OptionSpec, command: Command): string | undefined {
  return otherDefaults?.[command] ?? common;
}

/** The environment variables that set this option for a command, the strongest first. */
export function environmentNames(spec: OptionSpec, command: Command): readonly string[] {
  const names = spec.env === undefined ? [] : [spec.env];
  return spec.sharedEnv?.commands.includes(command) ? [...names, spec.sharedEnv.name] : names;
}

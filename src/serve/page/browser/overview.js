/** The view of all runs, the workers, the collectors and Redis. */
import { histogram, meter, quantileText, timeline } from './charts.js';
import { failuresTable, runsTable, throttledTable } from './columns.js';
import { afterTyping, cards, choice, facts, make, pager, section, setClass, setText, table, textColumn } from './dom.js';
import { ago, bytes, number, plural, short } from './format.js';
import { request } from './server.js';

const PAGE_SIZE = 15;
const MAX_FAILURES = 8;
/** The newest runs come with each overview. Any other list is reloaded after this many overviews. */
const RELOAD_EVERY = 3;
/** Rates in the chart: about two minutes. They are kept while the reader looks at another view. */
const MAX_RATES = 120;
const rates = [];
let ratedAt;

export function overviewView() {
  const figures = cards(['Active runs', 'Rate', 'In flight', 'Waiting', 'Ready origins', 'To collect', 'Workers', 'Redis memory']);
  const runs = runsPart();
  const rate = timeline(MAX_RATES, 'Rate');
  const latency = histogram();
  const latencyPart = section('Latency', latency.element);
  const noLatency = make('p', { class: 'empty' }, 'No results in the last minute.');
  latencyPart.element.append(noLatency);
  const ratePart = section('Rate', rate.element);
  const throttled = throttledPart();
  const failures = failuresTable({ withRun: true });
  const failuresPart = section('Recent failures', failures.element);
  const workers = workersPart();
  const redis = facts();
  const redisPart = section('Redis', redis.element);

  function update(overview) {
    const { totals } = overview;
    noteRate(overview);
    figures.update(figuresOf(overview));
    runs.update(overview);
    rate.update(rates, '/s');
    setText(ratePart.remark, 'results per second, last two minutes');
    const measured = overview.latency.counts.reduce((sum, count) => sum + count, 0);
    latency.update(overview.latency);
    latency.element.hidden = measured === 0;
    noLatency.hidden = measured > 0;
    const halves = `half ${quantileText(overview.latency, 0.5)}, 99 % ${quantileText(overview.latency, 0.99)}`;
    setText(latencyPart.remark, measured === 0 ? '' : `${plural(measured, 'result')} of the last minute: ${halves}`);
    throttled.update(overview);
    failuresPart.element.hidden = overview.failures.length === 0;
    failures.update(overview.failures.slice(0, MAX_FAILURES), ({ run, url, at }) => `${run} ${at} ${url}`);
    workers.update(overview, totals);
    redis.update(redisFacts(overview.redis));
  }

  return {
    title: '',
    elements: [
      make('h1', { class: 'unseen' }, 'Overview'),
      figures.element,
      runs.element,
      make('div', { class: 'columns' }, ratePart.element, latencyPart.element),
      throttled.element,
      failuresPart.element,
      make('div', { class: 'columns wide-first' }, workers.element, redisPart.element),
    ],
    update,
  };
}

/** Adds a value to the chart for each new overview. */
function noteRate({ at, totals, redis }) {
  if (at === ratedAt) return;
  ratedAt = at;
  rates.push(redis.reachable ? totals.ratePerSecond : 0);
  if (rates.length > MAX_RATES) rates.shift();
}

function figuresOf({ totals, redis }) {
  const isWithoutWorkers = totals.workers === 0 && totals.activeRuns > 0;
  const isUncollected = totals.collectors === 0 && totals.unreleased > 0;
  const memory = redis.usedBytes === undefined ? '-' : bytes(redis.usedBytes);
  return [
    [number(totals.activeRuns), `of ${number(totals.runs)}`],
    [`${short(totals.ratePerSecond)}/s`, 'results'],
    [short(totals.inFlight), 'with workers'],
    [short(totals.waiting), totals.queuedBatches > 0 ? `and ${plural(totals.queuedBatches, 'batch', 'batches')}` : 'URLs'],
    [
      short(totals.readyOrigins),
      totals.throttledOrigins > 0 ? `${number(totals.throttledOrigins)} throttled` : 'none throttled',
      totals.throttledOrigins > 0 ? 'skipped' : '',
    ],
    [
      short(totals.unreleased),
      isUncollected ? 'no collector is up' : plural(totals.collectors, 'collector'),
      isUncollected ? 'failed' : '',
    ],
    [
      number(totals.workers),
      isWithoutWorkers ? 'nothing is fetched' : `${number(totals.busySlots)} of ${plural(totals.slots, 'slot')} busy`,
      isWithoutWorkers ? 'failed' : '',
    ],
    [memory, redis.maxBytes > 0 ? `of ${bytes(redis.maxBytes)}` : `${redis.latencyMs} ms latency`],
  ];
}

/** The table of runs. The newest runs come with the events; other pages and searches are requested from the API. */
function runsPart() {
  const list = runsTable();
  const search = make('input', {
    type: 'search',
    'aria-label': 'Search runs by id',
    placeholder: 'Part of a run id',
    oninput: afterTyping(first),
  });
  const states = [
    ['all', 'All states'],
    ['active', 'Active'],
    ['open', 'Open'],
    ['running', 'Running'],
    ['paused', 'Paused'],
    ['ended', 'Ended'],
    ['cancelled', 'Cancelled'],
  ];
  const state = choice({ 'aria-label': 'State', onchange: first }, states);
  const pages = pager(PAGE_SIZE, load);
  const empty = make('p', { class: 'empty' });
  const tools = make('div', { class: 'filter', role: 'search' }, search, state);
  const part = section('Runs', tools, empty, list.element, pages.element);
  let latest;
  let asked = 0;
  let untilReload = RELOAD_EVERY;

  const showsNewest = () => search.value.trim() === '' && state.value === 'all' && pages.offset === 0;

  function fill(runs, total) {
    list.update(runs, ({ run }) => run);
    pages.update(runs.length, total);
    tools.hidden = latest.totals.runs === 0;
    empty.hidden = runs.length > 0 || (!latest.redis.reachable && latest.totals.runs === 0);
    if (latest.totals.runs > 0) empty.replaceChildren('No run matches.');
    else if (empty.childNodes.length < 2)
      empty.replaceChildren('There are no runs yet. ', make('a', { href: '#/new' }, 'Start one here'), ', or with trawl enqueue.');
  }

  function first() {
    pages.reset();
    load();
  }

  async function load() {
    untilReload = RELOAD_EVERY;
    const mine = ++asked;
    if (showsNewest()) return fill(latest.runs.slice(0, PAGE_SIZE), latest.totals.runs);
    const query = new URLSearchParams({ search: search.value.trim(), state: state.value, limit: PAGE_SIZE, offset: pages.offset });
    const answer = await request('GET', `/api/runs?${query}`).catch(() => undefined);
    if (mine === asked && answer !== undefined) fill(answer.runs, answer.total);
  }

  function update(overview) {
    latest = overview;
    if (showsNewest()) fill(overview.runs.slice(0, PAGE_SIZE), overview.totals.runs);
    else if (--untilReload <= 0) load();
  }

  return { element: part.element, update };
}

function throttledPart() {
  const list = throttledTable();
  const part = section('Throttled origins', list.element);
  return {
    element: part.element,
    update({ throttled, totals }) {
      part.element.hidden = throttled.length === 0;
      setText(
        part.remark,
        totals.throttledOrigins > throttled.length ? `${number(throttled.length)} of ${number(totals.throttledOrigins)}` : '',
      );
      list.update(throttled, ({ origin }) => origin);
    },
  };
}

function workersPart() {
  const list = table('Workers', [
    textColumn('Worker', 'text wide', ({ name }) => name, { isHead: true, hidesLabel: true }),
    { label: 'Busy slots', kind: 'slots', fill: slotsCell },
    { label: 'Last seen', kind: 'n', fill: seenCell },
  ]);
  const none = make('p', { class: 'empty' }, 'No worker is running. Start one with trawl worker.');
  const collectors = table('Collectors', [
    textColumn('Collector', 'text wide', ({ name }) => name, { isHead: true, hidesLabel: true }),
    textColumn('Runs', 'n', ({ runs }) => number(runs)),
  ]);
  const noCollector = make('p', { class: 'empty' });
  const part = section('Workers', none, list.element);
  const second = section('Collectors', noCollector, collectors.element);
  return {
    element: make('div', {}, part.element, second.element),
    update(overview, totals) {
      setText(part.remark, totals.workers > overview.workers.length ? `${overview.workers.length} of ${number(totals.workers)}` : '');
      list.update(overview.workers, ({ name }) => name);
      none.hidden = overview.workers.length > 0;
      collectors.update(overview.collectors, ({ name }) => name);
      noCollector.hidden = overview.collectors.length > 0;
      const waiting = totals.unreleased > 0 ? ` ${plural(totals.unreleased, 'result')} wait to be collected.` : '';
      setText(noCollector, `No collector is up.${waiting} Start one with trawl collect.`);
    },
  };
}

function slotsCell(cell, { slots, busySlots }) {
  cell.meter ??= meter();
  cell.words ??= make('small');
  if (cell.firstChild === null) cell.append(cell.words, cell.meter.element);
  cell.meter.update(busySlots ?? 0, slots);
  setText(cell.words, busySlots === undefined ? plural(slots, 'slot') : `${number(busySlots)} of ${number(slots)}`);
}

/** Marks workers that are late, since they report once a second. */
function seenCell(cell, { seenMsAgo }) {
  setText(cell, seenMsAgo === undefined ? '' : ago(seenMsAgo));
  setClass(cell, seenMsAgo > 3_000 ? 'n skipped' : 'n');
}

const PERSISTENCE = {
  aof: 'append-only file',
  snapshots: 'snapshots only: a crash loses what came after the last one',
  none: 'none: a restart loses every run',
  failing: 'failing: the last write to disk failed',
};
const PERSISTENCE_CLASS = { snapshots: 'skipped', none: 'skipped', failing: 'failed' };

function redisFacts(redis) {
  const { version, usedBytes, maxBytes, persistence, aofBytes, delayedSyncs, isSaving, evictionPolicy, clients, commandsPerSecond } = redis;
  return [
    ['Version', version],
    ['Memory', usedBytes && `${bytes(usedBytes)}${maxBytes > 0 ? ` of ${bytes(maxBytes)}` : ', no limit'}`],
    ['Persistence', persistence && PERSISTENCE[persistence] + (isSaving ? ', writing now' : ''), PERSISTENCE_CLASS[persistence]],
    ['Size of the AOF', aofBytes > 0 ? bytes(aofBytes) : undefined],
    ['Late syncs', delayedSyncs > 0 ? `${number(delayedSyncs)} since it started: its disk is slow` : undefined, 'skipped'],
    ['When full', evictionPolicy, evictionPolicy === 'noeviction' ? '' : 'failed'],
    ['Latency', `${redis.latencyMs} ms per command`],
    ['Commands', commandsPerSecond === undefined ? undefined : `${number(commandsPerSecond)}/s`],
    ['Clients', clients === undefined ? undefined : number(clients)],
  ];
}

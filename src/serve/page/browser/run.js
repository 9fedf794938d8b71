/** The view of one run. */
import { progressBar } from './charts.js';
import { failuresTable, throttledTable } from './columns.js';
import { cards, facts, isConfirmed, make, problemText, section, setClass, setText, table, textColumn } from './dom.js';
import { duration, leftText, moment, number, percent, rateText, short } from './format.js';
import { rowsPart } from './rows.js';
import { request, runPath } from './server.js';

/** Details and origins are reloaded this often while the run is not over. */
const RELOAD_MS = 3_000;
/** The most origins that the API lists. */
const MAX_ORIGINS = 20;
/** After the user changes the run, overviews are ignored for this long, because they may be older than the change. */
const SETTLE_MS = 2_000;

export function runView(run) {
  const path = runPath(run);
  const badge = make('span');
  const note = make('p', { class: 'note' });
  const problem = problemText();
  const stored = make('p', { class: 'alert mild', hidden: true });
  const progress = progressBar();
  const progressWords = make('p', { class: 'note' });
  const figures = cards(['Done', 'Ok', 'Failed', 'Skipped', 'In flight', 'Waiting', 'Retries', 'To collect']);
  const steering = steeringButtons(change);
  const origins = originsPart();
  const throttled = throttledTable();
  const throttledPart = section('Throttled origins', throttled.element);
  const failures = failuresTable({ withRun: false });
  const failuresPart = section('Recent failures', failures.element);
  const results = make('div', {});
  const books = facts();
  const options = facts();
  let rows;
  let details;
  let wasMissed = false;
  let shown;
  let latest;
  let ignoresEventsUntilMs = 0;
  let isClosed = false;
  let timer;

  setText(throttledPart.remark, 'of all runs');
  throttledPart.element.hidden = true;
  failuresPart.element.hidden = true;

  async function change({ method, action, question }) {
    if (question !== undefined && !(await isConfirmed(`${question.title} ${run}`, question.text, question.word))) return;
    steering.disable(true);
    problem.show('');
    ignoresEventsUntilMs = Number.POSITIVE_INFINITY;
    try {
      const answer = await request(method, path + action);
      if (answer.state === 'removed') {
        location.hash = '#/';
        return;
      }
      await load();
    } catch (error) {
      problem.show(error.message);
    } finally {
      ignoresEventsUntilMs = performance.now() + SETTLE_MS;
      steering.disable(latest?.redis.reachable === false);
    }
  }

  async function load() {
    const loaded = await request('GET', path);
    // While Redis is unreachable, the last known state of the run stays. The page may not have noticed yet that Redis is unreachable, so only a second such answer means that Redis no longer knows the run.
    if (!loaded.live && details?.live && (latest?.redis.reachable === false || !wasMissed)) {
      wasMissed = true;
      return;
    }
    wasMissed = false;
    details = loaded;
    stored.hidden = details.live;
    setText(
      stored,
      latest?.redis.reachable === false
        ? 'Redis is unreachable. This page shows the results that are on this machine.'
        : 'Redis no longer knows this run. This page shows its results that are on this machine.',
    );
    const entries = Object.entries(details.options);
    options.update(entries.map(([name, value]) => [name, typeof value === 'object' ? JSON.stringify(value) : String(value)]));
    if (details.log && rows === undefined) {
      rows = rowsPart(path);
      results.append(rows.element);
    }
    fill(details);
  }

  /** @param state a run from the API, with or without its details */
  function fill(state) {
    const isOver = state.state === 'ended' || state.state === 'cancelled' || state.state === 'stopped';
    // The run is over, so the log is now complete: show its last rows.
    if (isOver && state.unreleased === 0 && shown !== undefined && !(shown.isOver && shown.unreleased === 0)) rows?.load();
    shown = { ...state, isOver };
    setText(badge, state.state);
    setClass(badge, `state ${state.state}`);
    setText(note, factsLine(state, details));
    progress.update(state);
    setText(progressWords, progressLine(state));
    figures.update([
      [
        `${number(Math.floor(percent(state.settled, state.urls)))} %`,
        `${short(state.settled)} of ${short(state.urls)}${state.state === 'open' ? '+' : ''}`,
      ],
      [short(state.ok), '', state.ok > 0 ? 'ok' : ''],
      [short(state.failed), '', state.failed > 0 ? 'failed' : ''],
      [short(state.skipped), '', state.skipped > 0 ? 'skipped' : ''],
      [short(state.inFlight), 'URLs'],
      [short(state.waiting), 'URLs'],
      [short(state.retries), ''],
      [short(state.unreleased), state.unreleased > 0 && state.collector === undefined ? 'no collector' : ''],
    ]);
    steering.update(state.state, details?.live ?? true);
    books.update(booksOf(state));
  }

  function update(overview) {
    latest = overview;
    const live = overview.runs.find((other) => other.run === run);
    // While Redis is unreachable, overviews repeat an old state, perhaps from before the user's last change. Then the state that was loaded last stays.
    const isNews = overview.redis.reachable || shown === undefined;
    if (live !== undefined && isNews && performance.now() >= ignoresEventsUntilMs) fill(live);
    const isActive = shown !== undefined && !shown.isOver;
    throttledPart.element.hidden = overview.throttled.length === 0 || !isActive;
    throttled.update(overview.throttled, ({ origin }) => origin);
    const own = overview.failures.filter((failure) => failure.run === run);
    // If there is a table of rows, it shows these failures too.
    failuresPart.element.hidden = own.length === 0 || rows !== undefined;
    failures.update(own, ({ url, at }) => `${at} ${url}`);
    steering.disable(!overview.redis.reachable);
  }

  async function keepLoading() {
    if (isClosed) return;
    try {
      await load();
      problem.show('');
      origins.update(details.live && !shown.isOver ? (await request('GET', `${path}/origins`)).origins : []);
    } catch (error) {
      if (!isClosed) problem.show(error.message);
    }
    if (!isClosed) timer = setTimeout(keepLoading, shown?.isOver && details?.log ? 5 * RELOAD_MS : RELOAD_MS);
  }

  return {
    title: run,
    elements: [
      make('p', { class: 'note' }, make('a', { href: '#/' }, '← Overview')),
      make('div', { class: 'title' }, make('h1', {}, run), badge),
      note,
      stored,
      problem.element,
      steering.element,
      make('div', { class: 'big' }, progress.element, progressWords),
      figures.element,
      results,
      origins.element,
      throttledPart.element,
      failuresPart.element,
      make('div', { class: 'columns' }, section('Counts', books.element).element, section('Options', options.element).element),
    ],
    update,
    begin: keepLoading,
    close() {
      isClosed = true;
      clearTimeout(timer);
      rows?.close();
    },
  };
}

const ACTIONS = [
  { name: 'pause', label: 'Pause', method: 'POST', states: ['open', 'running'] },
  { name: 'resume', label: 'Resume', kind: 'primary', method: 'POST', states: ['paused'] },
  {
    name: 'seal',
    label: 'Seal',
    method: 'POST',
    states: ['open'],
    question: { title: 'Seal', text: 'The run ends with the URLs that it has: no more can be added.', word: 'Seal the run' },
  },
  {
    name: 'cancel',
    label: 'Cancel',
    kind: 'danger',
    method: 'POST',
    states: ['open', 'running', 'paused'],
    question: {
      title: 'Cancel',
      text: 'URLs that were not fetched get the verdict "cancelled". This cannot be undone.',
      word: 'Cancel the run',
    },
  },
  {
    name: 'remove',
    label: 'Remove',
    kind: 'danger',
    method: 'DELETE',
    question: {
      title: 'Remove',
      text: 'The run is removed from Redis. Results that were not collected are lost. Folders with results stay.',
      word: 'Remove the run',
    },
  },
];

function steeringButtons(change) {
  const buttons = ACTIONS.map(({ label, kind, name, method, question }) =>
    make(
      'button',
      { type: 'button', class: kind, onclick: () => change({ method, action: method === 'DELETE' ? '' : `/${name}`, question }) },
      label,
    ),
  );
  const element = make('div', { class: 'actions steering', role: 'group', 'aria-label': 'Steer the run' }, ...buttons);
  element.hidden = true;
  return {
    element,
    update(state, isLive) {
      element.hidden = !isLive;
      ACTIONS.forEach(({ states }, at) => {
        buttons[at].hidden = states !== undefined && !states.includes(state);
      });
    },
    disable(isDisabled) {
      for (const button of buttons) button.disabled = isDisabled;
    },
  };
}

function factsLine(state, details) {
  const { startedAt, endedAt } = details ?? {};
  const took =
    startedAt !== undefined && endedAt !== undefined ? ` took ${duration((Date.parse(endedAt) - Date.parse(startedAt)) / 1_000)}` : '';
  const parts = [
    startedAt !== undefined && `started ${moment(startedAt)}${took && `,${took}`}`,
    state.collector !== undefined && `collected by ${state.collector}`,
  ];
  return parts.filter(Boolean).join(' · ');
}

function progressLine(state) {
  const left = leftText(state);
  const reason = state.timeLeft?.reason === 'politeness' ? ', because of the time between requests to one origin' : '';
  const parts = [
    rateText(state) && `${rateText(state)} now`,
    left && `about ${duration(state.timeLeft.seconds)} left${reason}`,
    state.state === 'open' && 'takes more URLs until it is sealed',
  ];
  return parts.filter(Boolean).join(' · ');
}

function booksOf(state) {
  const skipped = Object.entries(state.skippedLinks).map(([reason, links]) => `${number(links)} ${reason}`);
  return [
    ['Lines submitted', number(state.submitted)],
    ['Duplicates', number(state.duplicates)],
    ['URLs', number(state.urls)],
    ['Found on pages', number(state.discovered)],
    ['Results', number(state.settled)],
    ['Links not followed', skipped.join(', ')],
  ];
}

function originsPart() {
  const list = table('Origins', [
    textColumn('Origin', 'text wide', ({ origin }) => origin, { isHead: true, hidesLabel: true }),
    textColumn('Waiting', 'n', ({ waiting }) => number(waiting)),
    textColumn('Next request', 'n', nextText),
  ]);
  const part = section('Waiting origins', list.element);
  part.element.hidden = true;
  return {
    element: part.element,
    update(origins) {
      part.element.hidden = origins.length === 0;
      setText(part.remark, origins.length < MAX_ORIGINS ? '' : `the ${MAX_ORIGINS} with the most URLs`);
      list.update(origins, ({ origin }) => origin);
    },
  };
}

function nextText({ readyInMs, blocked }) {
  if (blocked) return 'after the current request';
  return readyInMs < 500 ? 'now' : `in ${duration(Math.ceil(readyInMs / 1_000))}`;
}

/**
 * The page's script. What comes from outside (URLs, names, reasons) gets into the page by `textContent` only. No backslash and no backtick stands in it, because it is
 * a template literal here.
 */
export const SCRIPT = `
const main = document.getElementById('main');
const away = document.getElementById('away');
const redis = document.getElementById('redis');
let overview;
let source;
let view = { update() {} };
let started = false;

// Elements

function make(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (key === 'onclick' || key === 'onsubmit' || key === 'oninput' || key === 'onchange') element[key] = value;
    else if (value !== undefined && value !== false) element.setAttribute(key, value === true ? '' : value);
  }
  element.append(...children.filter((child) => child !== undefined));
  return element;
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function setClass(element, name) {
  if (element.className !== name) element.className = name;
}

const number = (value) => value.toLocaleString('en');
const plural = (value, word, words = word + 's') => number(value) + ' ' + (value === 1 ? word : words);
const percent = (part, whole) => (whole === 0 ? 0 : (100 * part) / whole);

function bytes(value) {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return (unit === 0 ? value : Number(value.toPrecision(3))) + ' ' + units[unit];
}

function duration(seconds) {
  if (seconds < 60) return seconds + ' s';
  if (seconds < 3600) return Math.floor(seconds / 60) + ' min ' + (seconds % 60) + ' s';
  return Math.floor(seconds / 3600) + ' h ' + Math.floor((seconds % 3600) / 60) + ' min';
}

const rateText = ({ ratePerSecond }) => (ratePerSecond === undefined ? '' : number(ratePerSecond) + '/s');
const leftText = ({ timeLeft }) => (timeLeft === undefined ? '' : duration(timeLeft.seconds) + (timeLeft.reason === 'politeness' ? ' (politeness)' : ''));

/** A table whose rows stay where they are while their cells change, so that focus and selection do. */
function table(caption, columns) {
  const head = make('tr', {}, ...columns.map(({ label, kind }) => make('th', { scope: 'col', class: kind }, label)));
  const body = make('tbody');
  const rows = new Map();
  const element = make('div', { class: 'scroll' }, make('table', { 'aria-label': caption }, make('thead', {}, head), body));
  function create() {
    const cells = columns.map(({ label, kind, isHead, hidesLabel }) =>
      make(isHead ? 'th' : 'td', { class: kind, scope: isHead ? 'row' : undefined, 'data-label': hidesLabel ? undefined : label }),
    );
    return { row: make('tr', {}, ...cells), cells };
  }
  function update(items, keyOf) {
    const present = new Set(items.map(keyOf));
    for (const [key, { row }] of rows) {
      if (present.has(key)) continue;
      row.remove();
      rows.delete(key);
    }
    items.forEach((item, index) => {
      const key = keyOf(item);
      const known = rows.get(key) ?? create();
      rows.set(key, known);
      columns.forEach((column, at) => column.fill(known.cells[at], item));
      if (body.children[index] !== known.row) body.insertBefore(known.row, body.children[index] ?? null);
    });
    element.hidden = items.length === 0;
  }
  return { element, update };
}

const textColumn = (label, kind, of, more) => ({ label, kind, fill: (cell, item) => setText(cell, of(item)), ...more });
const countColumn = (label, name) => ({
  label,
  kind: 'n ' + name,
  fill(cell, item) {
    setText(cell, number(item[name]));
    setClass(cell, 'n ' + name + (item[name] === 0 ? ' zero' : ''));
  },
});

function bar() {
  const parts = ['ok', 'failed', 'skipped'].map((name) => make('i', { class: name }));
  const element = make('div', { class: 'bar', role: 'progressbar', 'aria-valuemin': '0', 'aria-valuemax': '100' }, ...parts);
  function update(run) {
    ['ok', 'failed', 'skipped'].forEach((name, at) => {
      parts[at].style.width = percent(run[name], run.urls) + '%';
    });
    element.setAttribute('aria-valuenow', String(Math.floor(percent(run.settled, run.urls))));
    element.setAttribute('aria-label', number(run.settled) + ' of ' + number(run.urls) + ' URLs done');
  }
  return { element, update };
}

function cards(names) {
  const values = names.map(() => ({ value: make('dd'), note: make('small') }));
  const element = make('dl', { class: 'cards' }, ...names.map((name, at) => make('div', {}, make('dt', {}, name), values[at].value, values[at].note)));
  function update(items) {
    items.forEach(([text, note, kind], at) => {
      setText(values[at].value, text);
      setText(values[at].note, note ?? '');
      setClass(values[at].value, kind ?? '');
    });
  }
  return { element, update };
}

// The server

async function request(method, path, body) {
  const init = { method, headers: method === 'GET' ? {} : { 'content-type': 'application/json' } };
  if (body !== undefined) init.body = JSON.stringify(body);
  let response;
  try {
    response = await fetch(path, init);
  } catch {
    throw new Error('The server cannot be reached.');
  }
  if (response.status === 401 && path !== '/api/login') {
    showLogin();
    throw new Error('The token is needed.');
  }
  if (response.status === 204) return undefined;
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error ?? 'The server answered ' + response.status + '.');
  return answer;
}

function showAway(text) {
  setText(away, text);
  away.hidden = text === '';
}

function take(next) {
  overview = next;
  const { redis: state } = next;
  setText(redis, state.reachable ? 'Redis ' + (state.version ?? '') : 'Redis is unreachable');
  setClass(redis, state.reachable ? 'chip' : 'chip bad');
  if (!state.reachable) showAway('Redis has been unreachable since ' + new Date(state.awaySince).toLocaleTimeString() + ': ' + state.reason + '. The figures are from before that. Runs continue when Redis is back.');
  else if (state.persistence === 'failing') showAway('Redis cannot write to its disk: check its log and its disk space.');
  else showAway('');
  view.update();
}

function listen() {
  source?.close();
  source = new EventSource('/api/events');
  source.addEventListener('overview', (event) => take(JSON.parse(event.data)));
  source.onerror = () => {
    showAway('The connection to the server was lost. Trying again.');
    if (source.readyState !== EventSource.CLOSED) return;
    setTimeout(start, 3000);
  };
}

async function start() {
  try {
    take(await request('GET', '/api/overview'));
    listen();
    // What the reader has typed stays when the connection comes back.
    if (!started) route();
    started = true;
  } catch (error) {
    if (view.isLogin) return;
    showAway(error.message);
    setTimeout(start, 3000);
  }
}

// Views

function show(title, next, ...children) {
  document.title = title === '' ? 'Trawl' : title + ' - Trawl';
  main.replaceChildren(...children);
  view = next;
  if (overview !== undefined) view.update();
}

function runLink(cell, { run }) {
  if (cell.firstChild === null) cell.append(make('a', { href: '#/run/' + encodeURIComponent(run) }, run));
}

function stateBadge(cell, { state }) {
  if (cell.firstChild === null) cell.append(make('span'));
  setText(cell.firstChild, state);
  setClass(cell.firstChild, 'state ' + state);
}

function progressCell(cell, run) {
  cell.bar ??= bar();
  cell.words ??= make('small');
  if (cell.firstChild === null) cell.append(cell.bar.element, cell.words);
  cell.bar.update(run);
  setText(cell.words, number(run.settled) + ' / ' + number(run.urls) + (run.state === 'open' ? '+' : ''));
}

const runColumns = [
  { label: 'Run', kind: 'wide', isHead: true, hidesLabel: true, fill: runLink },
  { label: 'State', kind: '', hidesLabel: true, fill: stateBadge },
  { label: 'Progress', kind: 'progress wide', hidesLabel: true, fill: progressCell },
  countColumn('Ok', 'ok'),
  countColumn('Failed', 'failed'),
  countColumn('Skipped', 'skipped'),
  countColumn('In flight', 'inFlight'),
  textColumn('Rate', 'n', rateText),
  textColumn('Time left', 'n', leftText),
];

function throttledTable() {
  return table('Throttled origins', [
    textColumn('Origin', 'text wide', ({ origin }) => origin, { isHead: true, hidesLabel: true }),
    textColumn('At a time', 'n', ({ concurrency }) => number(concurrency)),
    textColumn('Cause', 'text dim wide', ({ cause }) => cause, { hidesLabel: true }),
  ]);
}

function showOverview() {
  const figures = cards(['Active runs', 'Rate', 'Waiting', 'In flight', 'Ready origins', 'Throttled', 'Workers', 'Redis memory']);
  const runs = table('Runs', runColumns);
  const older = table('Older runs', runColumns);
  const more = make('button', { type: 'button', onclick: loadOlder }, 'Show older runs');
  const none = make('p', { class: 'note' }, 'No runs yet. ', make('a', { href: '#/new' }, 'Start one'), ', or use trawl enqueue.');
  const runsTitle = make('small');
  const throttled = throttledTable();
  const throttledTitle = make('small');
  const throttledPart = make('section', {}, make('h2', {}, 'Throttled origins ', throttledTitle), throttled.element);
  const workers = table('Workers', [
    textColumn('Worker', 'text wide', ({ name }) => name, { isHead: true, hidesLabel: true }),
    textColumn('Slots', 'n', ({ slots }) => number(slots)),
  ]);
  const noWorkers = make('p', { class: 'note' }, 'No worker is running: start one with trawl worker.');
  let olderRuns = [];
  async function loadOlder() {
    more.disabled = true;
    try {
      const answer = await request('GET', '/api/runs?limit=100&offset=' + (overview.runs.length + olderRuns.length));
      olderRuns = [...olderRuns, ...answer.runs];
      update();
    } catch (error) {
      showAway(error.message);
    }
    more.disabled = false;
  }
  function update() {
    const { totals, redis: state } = overview;
    figures.update([
      [number(totals.activeRuns), 'of ' + number(totals.runs)],
      [number(totals.ratePerSecond) + '/s', totals.unreleased > 0 ? plural(totals.unreleased, 'result') + ' to collect' : ''],
      [number(totals.waiting), totals.queuedBatches > 0 ? plural(totals.queuedBatches, 'batch', 'batches') + ' queued' : ''],
      [number(totals.inFlight), 'taken by workers'],
      [number(totals.readyOrigins), ''],
      [number(totals.throttledOrigins), 'origins', totals.throttledOrigins > 0 ? 'skipped' : ''],
      [number(totals.workers), plural(totals.slots, 'slot'), totals.workers === 0 && totals.activeRuns > 0 ? 'failed' : ''],
      [state.usedBytes === undefined ? '-' : bytes(state.usedBytes), memoryNote(state)],
    ]);
    setText(runsTitle, totals.runs > overview.runs.length ? 'the newest ' + overview.runs.length + ' of ' + number(totals.runs) : '');
    runs.update(overview.runs, ({ run }) => run);
    const shown = new Set(overview.runs.map(({ run }) => run));
    older.update(olderRuns.filter(({ run }) => !shown.has(run)), ({ run }) => run);
    none.hidden = totals.runs > 0 || !state.reachable;
    more.hidden = totals.runs <= overview.runs.length + olderRuns.length;
    throttledPart.hidden = overview.throttled.length === 0;
    setText(throttledTitle, totals.throttledOrigins > overview.throttled.length ? number(overview.throttled.length) + ' of ' + number(totals.throttledOrigins) : '');
    throttled.update(overview.throttled, ({ origin }) => origin);
    workers.update(overview.workers, ({ name }) => name);
    noWorkers.hidden = overview.workers.length > 0;
  }
  const parts = [make('h2', {}, 'Runs ', runsTitle), none, runs.element, older.element, make('div', { class: 'actions' }, more)];
  show('', { update }, make('h1', {}, 'Overview'), figures.element, ...parts, throttledPart, make('h2', {}, 'Workers'), noWorkers, workers.element);
}

function memoryNote({ maxBytes, latencyMs, persistence }) {
  const limit = maxBytes > 0 ? 'of ' + bytes(maxBytes) + ', ' : '';
  return limit + latencyMs + ' ms' + (persistence === 'none' ? ', not persistent' : '');
}

function showRun(run) {
  const path = '/api/runs/' + encodeURIComponent(run);
  const badge = make('span');
  const note = make('p', { class: 'note' });
  const problem = make('p', { class: 'warn', role: 'alert', hidden: true });
  const progress = bar();
  const figures = cards(['Done', 'Ok', 'Failed', 'Skipped', 'In flight', 'Waiting', 'Retries', 'Not collected']);
  const buttons = {
    pause: make('button', { type: 'button', onclick: () => change('POST', path + '/pause') }, 'Pause'),
    resume: make('button', { type: 'button', class: 'primary', onclick: () => change('POST', path + '/resume') }, 'Resume'),
    seal: make('button', { type: 'button', onclick: () => change('POST', path + '/seal', 'Seal this run?', 'It ends with the URLs that it has. No more can be added.', 'Seal') }, 'Seal'),
    cancel: make('button', { type: 'button', class: 'danger', onclick: () => change('POST', path + '/cancel', 'Cancel this run?', 'URLs that were not fetched get the verdict cancelled. This cannot be undone.', 'Cancel the run') }, 'Cancel'),
    remove: make('button', { type: 'button', class: 'danger', onclick: () => change('DELETE', path, 'Remove this run?', 'It is removed from Redis. Results that were not collected are lost; folders of results stay.', 'Remove') }, 'Remove'),
  };
  const options = make('dl', { class: 'options' });
  const throttled = throttledTable();
  const throttledPart = make('section', { hidden: true }, make('h2', {}, 'Throttled origins ', make('small', {}, 'of all runs')), throttled.element);
  const results = make('section', { hidden: true });
  let details;
  let shownState;
  let liveFromMs = 0;
  let isActive = false;
  let failed = false;
  let reloadRows = () => {};

  async function change(method, target, title, text, word) {
    if (title !== undefined && !(await isConfirmed(title + ' ' + run, text, word))) return;
    for (const button of Object.values(buttons)) button.disabled = true;
    try {
      // Snapshots that were taken before the change show the state of before.
      liveFromMs = Number.POSITIVE_INFINITY;
      const answer = await request(method, target);
      if (answer.state === 'removed') {
        location.hash = '#/';
        return;
      }
      await load();
    } catch (error) {
      setText(problem, error.message);
      problem.hidden = false;
    }
    liveFromMs = performance.now() + 2000;
    for (const button of Object.values(buttons)) button.disabled = false;
  }

  async function load() {
    details = await request('GET', path);
    problem.hidden = true;
    failed = false;
    const shown = Object.entries(details.options);
    options.replaceChildren(...shown.flatMap(([name, value]) => [make('dt', {}, name), make('dd', {}, typeof value === 'object' ? JSON.stringify(value) : String(value))]));
    if (details.log && results.hidden) {
      results.hidden = false;
      const part = rowsPart(path);
      results.append(...part.elements);
      reloadRows = part.load;
    }
    fill(details);
  }

  function fill(state) {
    const { state: name } = state;
    const isOver = name === 'ended' || name === 'cancelled';
    if (isOver && state.unreleased === 0 && shownState !== 'collected') reloadRows();
    shownState = isOver && state.unreleased === 0 ? 'collected' : name;
    isActive = !isOver;
    setText(badge, name);
    setClass(badge, 'state ' + name);
    const facts = [rateText(state), leftText(state) && leftText(state) + ' left', state.duplicates > 0 && plural(state.duplicates, 'duplicate'), state.discovered > 0 && number(state.discovered) + ' found on pages'];
    const skipped = Object.entries(state.skippedLinks).map(([reason, links]) => number(links) + ' ' + reason);
    if (skipped.length > 0) facts.push('links not followed: ' + skipped.join(', '));
    setText(note, facts.filter(Boolean).join(' · '));
    progress.update(state);
    figures.update([
      [number(Math.floor(percent(state.settled, state.urls))) + ' %', number(state.settled) + ' of ' + number(state.urls)],
      [number(state.ok), '', state.ok > 0 ? 'ok' : ''],
      [number(state.failed), '', state.failed > 0 ? 'failed' : ''],
      [number(state.skipped), '', state.skipped > 0 ? 'skipped' : ''],
      [number(state.inFlight)],
      [number(state.waiting)],
      [number(state.retries)],
      [number(state.unreleased)],
    ]);
    buttons.pause.hidden = isOver || name === 'paused';
    buttons.resume.hidden = name !== 'paused';
    buttons.seal.hidden = name !== 'open';
    buttons.cancel.hidden = isOver;
  }

  function update() {
    const live = overview.runs.find((other) => other.run === run);
    if (live !== undefined && performance.now() >= liveFromMs) fill(live);
    throttledPart.hidden = overview.throttled.length === 0 || !isActive;
    throttled.update(overview.throttled, ({ origin }) => origin);
    // A run that is not among the newest is asked for by itself, and the results appear once there is a log.
    if (overview.redis.reachable && (failed || (details !== undefined && ((live === undefined && isActive) || !details.log)))) refresh();
  }

  let refreshing = false;
  async function refresh() {
    if (refreshing) return;
    refreshing = true;
    await load().catch(fail);
    await new Promise((resolve) => setTimeout(resolve, 4000));
    refreshing = false;
  }

  function fail(error) {
    failed = true;
    setText(problem, error.message);
    problem.hidden = false;
  }

  show(run, { update }, make('p', { class: 'note' }, make('a', { href: '#/' }, 'All runs')), make('h1', {}, run, ' ', badge), note, problem, make('div', { class: 'big' }, progress.element), figures.element,
    make('div', { class: 'actions' }, ...Object.values(buttons)), throttledPart, results, make('h2', {}, 'Options'), options);
  load().catch(fail);
}

function rowsPart(path) {
  const search = make('input', { type: 'search', 'aria-label': 'Search the rows', placeholder: 'part of a URL, a status, a reason', oninput: later });
  const kinds = [['failed', 'Failures'], ['skipped', 'Skipped'], ['ok', 'Ok'], ['all', 'All rows']];
  const kind = make('select', { 'aria-label': 'Which rows', onchange: load }, ...kinds.map(([value, label]) => make('option', { value }, label)));
  const found = make('p', { class: 'note', role: 'status' });
  const rows = table('Rows', [
    { label: 'URL', kind: 'text wide', isHead: true, hidesLabel: true, fill: urlCell },
    { label: 'Result', kind: '', fill(cell, row) { setText(cell, row.result); setClass(cell, row.class); } },
    textColumn('Latency', 'n', ({ latencyMs }) => (latencyMs === undefined ? '' : number(Math.round(latencyMs)) + ' ms')),
    textColumn('Size', 'n', ({ sizeBytes }) => (sizeBytes === undefined ? '' : bytes(sizeBytes))),
    textColumn('From', 'text dim wide', ({ from }) => from ?? '', { hidesLabel: true }),
    textColumn('Why', 'text dim wide', ({ why }) => why, { hidesLabel: true }),
  ]);
  function urlCell(cell, { url }) {
    const isWeb = url.startsWith('https://') || url.startsWith('http://');
    cell.replaceChildren(isWeb ? make('a', { href: url, rel: 'noopener noreferrer nofollow', target: '_blank' }, url) : url);
  }
  let timer;
  let asked = 0;
  function later() {
    clearTimeout(timer);
    timer = setTimeout(load, 300);
  }
  async function load() {
    const mine = ++asked;
    const query = new URLSearchParams({ search: search.value, class: kind.value, limit: '100' });
    try {
      const answer = await request('GET', path + '/rows?' + query);
      if (mine !== asked) return;
      rows.update(answer.rows.map((row, index) => ({ ...row, index })), ({ index }) => index);
      setText(found, answer.rows.length === 0 ? 'No row matches.' : answer.more ? 'The first ' + answer.rows.length + ' rows that match.' : plural(answer.rows.length, 'row') + '.');
    } catch (error) {
      if (mine === asked) setText(found, error.message);
    }
  }
  load();
  const links = [['html', 'HTML report'], ['json', 'JSON'], ['csv', 'CSV']].map(([format, label]) => make('a', { class: 'button', href: path + '/report.' + format, target: '_blank', rel: 'noopener' }, label));
  return { load, elements: [make('h2', {}, 'Results'), make('div', { class: 'actions' }, ...links), make('p', {}), make('div', { class: 'filter', role: 'search' }, search, kind, make('button', { type: 'button', onclick: load }, 'Reload')), found, rows.element] };
}

function field(label, hint, input) {
  return make('label', {}, make('span', {}, label), input, hint === '' ? undefined : make('small', {}, hint));
}

function choice(...values) {
  return make('select', {}, ...values.map(([value, label]) => make('option', { value }, label)));
}

function showForm() {
  const list = make('textarea', { rows: '10', required: true, spellcheck: 'false', placeholder: 'https://example.com/' });
  const inputs = {
    depth: choice(['', 'No: only these URLs'], ['1', '1 step'], ['2', '2 steps'], ['3', '3 steps'], ['all', 'All pages']),
    scope: choice(['', 'Same host'], ['origin', 'Same origin'], ['domain', 'Same domain'], ['prefix', 'Below the start URL'], ['any', 'Anywhere']),
    hostConcurrency: make('input', { inputmode: 'numeric', placeholder: '10' }),
    hostInterval: make('input', { placeholder: '0' }),
    maxUrls: make('input', { inputmode: 'numeric', placeholder: 'no limit' }),
    timeout: make('input', { placeholder: '30s' }),
  };
  const name = make('input', { placeholder: 'a new one', autocomplete: 'off' });
  const others = make('textarea', { rows: '3', spellcheck: 'false', placeholder: '{ "retries": 0, "header": ["Accept-Language: en"] }' });
  const problem = make('p', { class: 'warn', role: 'alert', hidden: true });
  const send = make('button', { class: 'primary' }, 'Start the run');
  async function onsubmit(event) {
    event.preventDefault();
    send.disabled = true;
    try {
      const given = Object.entries(inputs).flatMap(([key, input]) => (input.value.trim() === '' ? [] : [[key, input.value.trim()]]));
      const options = { ...Object.fromEntries(given), ...parsed(others.value) };
      const body = { list: list.value, options };
      if (name.value.trim() !== '') body.run = name.value.trim();
      const { run } = await request('POST', '/api/runs', body);
      location.hash = '#/run/' + encodeURIComponent(run);
    } catch (error) {
      setText(problem, error.message);
      problem.hidden = false;
    }
    send.disabled = false;
  }
  const fields = make('div', { class: 'fields' },
    field('Follow links', '', inputs.depth), field('Links to follow', 'with links', inputs.scope), field('Maximum number of URLs', 'with links', inputs.maxUrls),
    field('Requests per origin', 'at a time', inputs.hostConcurrency), field('Time between requests', 'to one origin, such as 500ms', inputs.hostInterval), field('Timeout', 'such as 10s', inputs.timeout), field('Run id', '', name));
  show('New run', { update() {} }, make('p', { class: 'note' }, make('a', { href: '#/' }, 'All runs')), make('h1', {}, 'New run'),
    make('form', { class: 'panel', onsubmit }, field('URLs', 'one per line; # starts a comment', list), fields, field('Other options', 'as JSON, with the names of the flags: see /api/openapi.json', others), problem, make('div', { class: 'actions' }, send)));
  list.focus();
}

function parsed(text) {
  if (text.trim() === '') return {};
  try {
    return JSON.parse(text);
  } catch {
    throw new Error('The other options are not JSON.');
  }
}

function showLogin() {
  source?.close();
  const token = make('input', { type: 'password', required: true, autocomplete: 'current-password' });
  const problem = make('p', { class: 'warn', role: 'alert', hidden: true });
  async function onsubmit(event) {
    event.preventDefault();
    try {
      await request('POST', '/api/login', { token: token.value });
      started = false;
      view = { update() {} };
      start();
    } catch (error) {
      setText(problem, error.message);
      problem.hidden = false;
    }
  }
  overview = undefined;
  showAway('');
  setText(redis, '');
  show('Sign in', { update() {}, isLogin: true }, make('h1', {}, 'Sign in'), make('form', { class: 'panel', onsubmit }, field('Token', 'the TRAWL_TOKEN of this server', token), problem, make('div', { class: 'actions' }, make('button', { class: 'primary' }, 'Sign in'))));
  token.focus();
}

function isConfirmed(title, text, word) {
  const dialog = document.getElementById('confirm');
  setText(document.getElementById('confirm-title'), title);
  setText(document.getElementById('confirm-text'), text);
  setText(dialog.querySelector('.danger'), word);
  dialog.returnValue = 'no';
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener('close', () => resolve(dialog.returnValue === 'yes'), { once: true }));
}

function route() {
  const [, page, name] = location.hash.split('/');
  if (page === 'new') showForm();
  else if (page === 'run' && name) showRun(decodeURIComponent(name));
  else showOverview();
}

window.addEventListener('hashchange', () => {
  if (view.isLogin) return;
  route();
  if (!main.contains(document.activeElement)) main.focus({ preventScroll: true });
  window.scrollTo(0, 0);
});
start();
`;

/** Schedules: what they start, when, and the result of the last run. */
import { stateBadge } from './columns.js';
import { isConfirmed, make, problemText, setText, table, textColumn } from './dom.js';
import { moment, number, plural } from './format.js';
import { request } from './server.js';

const RELOAD_MS = 5_000;

export const schedulePath = (name) => `/api/schedules/${encodeURIComponent(name)}`;

export function schedulesView() {
  const list = table('Schedules', [
    textColumn('Name', 'run wide', ({ name }) => name, { isHead: true, hidesLabel: true }),
    textColumn('Starts', 'text wide', ({ cron, timezone }) => `${cron} ${timezone}`),
    { label: 'Next run', kind: '', fill: nextCell },
    { label: 'Last run', kind: 'run wide', fill: lastRunLink },
    { label: 'Result', kind: 'text wide', fill: resultCell },
    textColumn('Sources', 'text dim wide', sourcesText),
    { label: 'Actions', kind: 'wide', hidesLabel: true, fill: actionsCell },
  ]);
  const problem = problemText();
  const done = make('p', { class: 'note', role: 'status' });
  const empty = make('p', { class: 'empty', hidden: true }, 'There are no schedules.');
  const more = make('p', { class: 'note', hidden: true });
  let isAway = false;
  let isClosed = false;
  let isBusy = false;
  let timer;

  function actionsCell(cell, { name }) {
    if (cell.firstChild === null)
      cell.append(
        make(
          'div',
          { class: 'actions' },
          make('button', { type: 'button', 'aria-label': `Run ${name} now`, onclick: () => runNow(name) }, 'Run now'),
          make('button', { type: 'button', class: 'danger', 'aria-label': `Remove ${name}`, onclick: () => remove(name) }, 'Remove'),
        ),
      );
    disable(cell);
  }

  function disable(element) {
    for (const button of element.querySelectorAll('button')) button.disabled = isAway || isBusy;
  }

  const runNow = (name) =>
    change(() => request('POST', `${schedulePath(name)}/run`), `A worker starts a run of ${name}, unless its last run is still going.`);

  async function remove(name) {
    const text = 'No more runs are started. Its runs and their results stay.';
    if (await isConfirmed(`Remove the schedule ${name}`, text, 'Remove the schedule'))
      await change(() => request('DELETE', schedulePath(name)), `Schedule ${name} was removed.`);
  }

  async function change(send, text) {
    isBusy = true;
    disable(list.element);
    problem.show('');
    setText(done, '');
    try {
      await send();
      setText(done, text);
      await load();
    } catch (error) {
      problem.show(error.message);
    } finally {
      isBusy = false;
      disable(list.element);
    }
  }

  async function load() {
    const { schedules, total } = await request('GET', '/api/schedules');
    if (isClosed) return;
    list.update(schedules, ({ name }) => name);
    empty.hidden = total > 0;
    more.hidden = total === schedules.length;
    setText(more, `These are the first ${number(schedules.length)} of ${number(total)}.`);
  }

  async function keepLoading() {
    try {
      await load();
      problem.show('');
    } catch (error) {
      // The line above the page says that Redis is away. What was loaded last stays.
      if (!isClosed) problem.show(isAway ? '' : error.message);
    }
    if (!isClosed) timer = setTimeout(keepLoading, RELOAD_MS);
  }

  return {
    title: 'Schedules',
    elements: [
      make('div', { class: 'title' }, make('h1', {}, 'Schedules'), make('a', { class: 'button', href: '#/new-schedule' }, 'New schedule')),
      make('p', { class: 'note' }, 'Workers start these runs by themselves. A run that is still going is not started again.'),
      problem.element,
      done,
      empty,
      list.element,
      more,
    ],
    update({ redis }) {
      if (isAway === !redis.reachable) return;
      isAway = !redis.reachable;
      if (isAway) problem.show('');
      disable(list.element);
    },
    begin: keepLoading,
    close() {
      isClosed = true;
      clearTimeout(timer);
    },
  };
}

function nextCell(cell, { nextAt, overdue }) {
  cell.words ??= make('span');
  cell.remark ??= make('small');
  if (cell.firstChild === null) cell.append(cell.words, ' ', cell.remark);
  setText(cell.words, nextAt === undefined ? 'none' : moment(nextAt));
  setText(cell.remark, overdue ? 'overdue: no worker is up' : '');
}

function lastRunLink(cell, { lastRun }) {
  if (cell.run === lastRun && cell.firstChild !== null) return;
  cell.run = lastRun;
  cell.replaceChildren(lastRun === undefined ? 'none yet' : make('a', { href: `#/run/${encodeURIComponent(lastRun)}` }, lastRun));
}

/** The state and figures of the last run, and a note if no run was started when it was last due. */
function resultCell(cell, { lastResult, note }) {
  cell.badge ??= make('span');
  cell.words ??= make('span');
  cell.remark ??= make('small', { class: 'remark' });
  const parts = [...(lastResult === undefined ? [] : [cell.badge, ' ', cell.words]), ...(note === undefined ? [] : [cell.remark])];
  if (cell.parts !== parts.length) cell.replaceChildren(...parts);
  cell.parts = parts.length;
  if (lastResult !== undefined) {
    stateBadge(cell.badge, lastResult);
    setText(cell.words, resultText(lastResult));
  }
  setText(cell.remark, note ?? '');
}

function resultText({ urls, settled, ok, failed, skipped }) {
  const parts = [`${number(ok)} ok`, `${number(failed)} failed`, skipped > 0 && `${number(skipped)} skipped`];
  return `${settled < urls ? `${number(settled)} of ` : ''}${plural(urls, 'URL')}: ${parts.filter(Boolean).join(', ')}`;
}

function sourcesText({ sources }) {
  const [first = '', ...others] = sources;
  return others.length === 0 ? first : `${first} and ${number(others.length)} more`;
}

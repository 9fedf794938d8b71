/** Columns that several tables have. */
import { progressBar } from './charts.js';
import { countColumn, make, setClass, setText, table, textColumn } from './dom.js';
import { leftText, moment, number, rateText } from './format.js';

export function runLink(cell, { run }) {
  if (cell.firstChild === null) cell.append(make('a', { href: `#/run/${encodeURIComponent(run)}` }, run));
}

export function stateBadge(cell, { state }) {
  if (cell.firstChild === null) cell.append(make('span'));
  setText(cell.firstChild, state);
  setClass(cell.firstChild, `state ${state}`);
}

function progressCell(cell, run) {
  cell.bar ??= progressBar();
  cell.words ??= make('small');
  if (cell.firstChild === null) cell.append(cell.bar.element, cell.words);
  cell.bar.update(run);
  setText(cell.words, `${number(run.settled)} / ${number(run.urls)}${run.state === 'open' ? '+' : ''}`);
}

export const count = (label, name) => countColumn(label, name, number);

/** A table of runs that Redis knows. */
export function runsTable() {
  return table('Runs', [
    { label: 'Run', kind: 'run wide', isHead: true, hidesLabel: true, fill: runLink },
    { label: 'State', kind: '', hidesLabel: true, fill: stateBadge },
    { label: 'Progress', kind: 'progress wide', hidesLabel: true, fill: progressCell },
    count('Ok', 'ok'),
    count('Failed', 'failed'),
    count('Skipped', 'skipped'),
    count('In flight', 'inFlight'),
    textColumn('Rate', 'n', rateText),
    textColumn('Time left', 'n', leftText),
  ]);
}

export function throttledTable() {
  return table('Throttled origins', [
    textColumn('Origin', 'text wide', ({ origin }) => origin, { isHead: true, hidesLabel: true }),
    textColumn('Requests at a time', 'n', ({ concurrency }) => number(concurrency)),
    textColumn('Cause', 'text dim wide', ({ cause }) => cause, { hidesLabel: true }),
  ]);
}

/** Shows an http or https URL as a link. Any other URL is text, because a crawled page can contain `javascript:` URLs. */
export function urlCell(cell, { url }) {
  if (cell.url === url) return;
  cell.url = url;
  const isWeb = url.startsWith('https://') || url.startsWith('http://');
  cell.replaceChildren(isWeb ? make('a', { href: url, rel: 'noopener noreferrer nofollow', target: '_blank' }, url) : url);
}

/** The last failures that workers reported. */
export function failuresTable({ withRun }) {
  return table('Recent failures', [
    { label: 'URL', kind: 'text wide', isHead: true, hidesLabel: true, fill: urlCell },
    textColumn('Verdict', 'failed verdict', ({ verdict, status }) => (status === undefined ? verdict : `${status} ${verdict}`), {
      hidesLabel: true,
    }),
    textColumn('Reason', 'text dim wide', ({ reason }) => reason ?? '', { hidesLabel: true }),
    ...(withRun ? [{ label: 'Run', kind: 'run', fill: runLink }] : []),
    textColumn('At', 'n', ({ at }) => moment(at)),
  ]);
}

/** The table of a run's rows. Needs the log of the run on the server's machine. */
import { urlCell } from './columns.js';
import { afterTyping, choice, make, section, setClass, setText, table, textColumn } from './dom.js';
import { bytes, milliseconds, plural } from './format.js';
import { request } from './server.js';

const MAX_ROWS = 100;
const FORMATS = [
  ['html', 'HTML report'],
  ['csv', 'CSV'],
  ['json', 'JSON'],
];

export function rowsPart(path) {
  const search = make('input', {
    type: 'search',
    'aria-label': 'Search the rows',
    placeholder: 'Part of a URL, a status, a reason',
    oninput: afterTyping(load),
  });
  const kinds = [
    ['all', 'All rows'],
    ['failed', 'Failed'],
    ['skipped', 'Skipped'],
    ['ok', 'Ok'],
  ];
  const kind = choice({ 'aria-label': 'Which rows', onchange: load }, kinds);
  const found = make('p', { class: 'note', role: 'status' });
  const links = FORMATS.map(([format, label]) =>
    make('a', { class: 'button', href: `${path}/report.${format}`, target: '_blank', rel: 'noopener' }, label),
  );
  const rows = table('Rows', [
    { label: 'URL', kind: 'text wide', isHead: true, hidesLabel: true, fill: urlCell },
    { label: 'Result', kind: '', hidesLabel: true, fill: resultCell },
    textColumn('Latency', 'n', ({ latencyMs }) => (latencyMs === undefined ? '' : milliseconds(latencyMs))),
    textColumn('Size', 'n', ({ sizeBytes }) => (sizeBytes === undefined ? '' : bytes(sizeBytes))),
    textColumn('From', 'text dim wide', ({ from }) => from ?? ''),
    textColumn('Why', 'text dim wide', ({ why }) => why, { hidesLabel: true }),
  ]);
  const tools = make(
    'div',
    { class: 'filter', role: 'search' },
    search,
    kind,
    make('button', { type: 'button', onclick: load }, 'Reload'),
    make('span', { class: 'links' }, ...links),
  );
  const part = section('Results', tools, found, rows.element);
  let asked = 0;

  async function load() {
    const mine = ++asked;
    const query = new URLSearchParams({ search: search.value, class: kind.value, limit: MAX_ROWS });
    try {
      const { rows: matching, more } = await request('GET', `${path}/rows?${query}`);
      if (mine !== asked) return;
      rows.update(
        matching.map((row, index) => ({ ...row, index })),
        ({ index }) => index,
      );
      setText(found, countText(matching.length, more, search.value !== '' || kind.value !== 'all'));
    } catch (error) {
      if (mine === asked) setText(found, error.message);
    }
  }

  load();
  return {
    element: part.element,
    load,
    close() {
      asked++;
    },
  };
}

function countText(shown, more, isFiltered) {
  if (shown === 0) return isFiltered ? 'No row matches.' : 'There are no rows yet.';
  if (more) return `The first ${shown} rows${isFiltered ? ' that match' : ''}, in the order in which they were done.`;
  return `${plural(shown, 'row')}${isFiltered ? (shown === 1 ? ' matches' : ' match') : ''}.`;
}

function resultCell(cell, { result, class: kind }) {
  setText(cell, result);
  setClass(cell, kind);
}

/** The view of runs that have results on the server's machine, including those that Redis no longer knows. */
import { count, runLink, stateBadge } from './columns.js';
import { afterTyping, make, pager, problemText, table, textColumn } from './dom.js';
import { moment } from './format.js';
import { request } from './server.js';

const PAGE_SIZE = 25;

export function resultsView() {
  const list = table('Results', [
    { label: 'Run', kind: 'run wide', isHead: true, hidesLabel: true, fill: runLink },
    { label: 'State', kind: '', hidesLabel: true, fill: stateBadge },
    count('Rows', 'rows'),
    count('Ok', 'ok'),
    count('Failed', 'failed'),
    count('Skipped', 'skipped'),
    textColumn('Started', 'n', ({ startedAt }) => (startedAt === undefined ? '' : moment(startedAt))),
  ]);
  const search = make('input', {
    type: 'search',
    'aria-label': 'Search results by run id',
    placeholder: 'Part of a run id',
    oninput: afterTyping(first),
  });
  const pages = pager(PAGE_SIZE, load);
  const problem = problemText();
  const empty = make('p', { class: 'empty', hidden: true });
  const tools = make('div', { class: 'filter', role: 'search' }, search);
  let asked = 0;

  function first() {
    pages.reset();
    load();
  }

  async function load() {
    const mine = ++asked;
    const query = new URLSearchParams({ search: search.value.trim(), limit: PAGE_SIZE, offset: pages.offset });
    try {
      const { results, total } = await request('GET', `/api/results?${query}`);
      if (mine !== asked) return;
      list.update(results, ({ run }) => run);
      pages.update(results.length, total);
      const isAll = search.value.trim() === '';
      tools.hidden = total === 0 && isAll;
      empty.hidden = total > 0;
      empty.textContent = isAll
        ? 'There are no results on this machine. The option --data-dir of trawl serve names their folder.'
        : 'No run matches.';
      problem.show('');
    } catch (error) {
      if (mine === asked) problem.show(error.message);
    }
  }

  return {
    title: 'Results',
    elements: [
      make('h1', {}, 'Results'),
      make(
        'p',
        { class: 'note' },
        'Runs whose results are on this machine, last changed first. Results are kept even after Redis forgets the run.',
      ),
      problem.element,
      tools,
      empty,
      list.element,
      pages.element,
    ],
    begin: load,
    close() {
      asked++;
    },
  };
}

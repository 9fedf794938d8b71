/** The form that starts a run. */
import { field, make, problemText } from './dom.js';
import { number } from './format.js';
import { runOptions } from './run-options.js';
import { request } from './server.js';

export function newRunView() {
  const list = make('textarea', {
    rows: '10',
    required: true,
    spellcheck: 'false',
    autocapitalize: 'off',
    placeholder: 'https://example.com/',
    oninput: countLines,
  });
  const file = make('input', { type: 'file', accept: '.txt,.csv,.list,text/plain', onchange: readFile });
  const lines = make('small', { role: 'status' });
  const options = runOptions();
  const name = make('input', { placeholder: 'a new one', autocomplete: 'off', autocapitalize: 'off' });
  const problem = problemText();
  const send = make('button', { class: 'primary' }, 'Start the run');

  function countLines() {
    const urls = list.value.split('\n').filter((line) => line.trim() !== '' && !line.trim().startsWith('#')).length;
    lines.textContent = urls === 0 ? 'One URL per line; # starts a comment.' : `${number(urls)} ${urls === 1 ? 'URL' : 'URLs'}`;
  }

  async function readFile() {
    const [chosen] = file.files;
    if (chosen === undefined) return;
    list.value = await chosen.text();
    countLines();
  }

  async function onsubmit(event) {
    event.preventDefault();
    send.disabled = true;
    problem.show('');
    try {
      const body = { list: list.value, options: options.values() };
      if (name.value.trim() !== '') body.run = name.value.trim();
      const { run } = await request('POST', '/api/runs', body);
      location.hash = `#/run/${encodeURIComponent(run)}`;
    } catch (error) {
      problem.show(error.message);
    } finally {
      send.disabled = false;
    }
  }

  countLines();
  const more = make(
    'details',
    {},
    make('summary', {}, 'More options'),
    field('Run id', 'letters, digits, ".", "_" and "-"', name),
    options.others,
  );
  return {
    title: 'New run',
    elements: [
      make('p', { class: 'note' }, make('a', { href: '#/' }, '← Overview')),
      make('h1', {}, 'New run'),
      make(
        'form',
        { class: 'panel', onsubmit },
        make('label', {}, make('span', {}, 'URLs'), list, lines),
        field('Or a file', 'optional, with one URL per line', file),
        ...options.fieldsets,
        more,
        problem.element,
        make('div', { class: 'actions' }, send),
      ),
    ],
    begin: () => list.focus(),
  };
}

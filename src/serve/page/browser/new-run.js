/** The form that starts a run. */
import { choice, field, make, problemText } from './dom.js';
import { number } from './format.js';
import { request } from './server.js';

const DEPTHS = [
  ['', 'No: only these URLs'],
  ['1', '1 step'],
  ['2', '2 steps'],
  ['3', '3 steps'],
  ['all', 'All pages'],
];
const SCOPES = [
  ['', 'Same host'],
  ['origin', 'Same origin'],
  ['domain', 'Same domain'],
  ['prefix', 'Below the start URL'],
  ['any', 'Anywhere'],
];

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
  const inputs = {
    depth: choice({}, DEPTHS),
    scope: choice({}, SCOPES),
    maxUrls: make('input', { inputmode: 'numeric', placeholder: 'no limit' }),
    hostConcurrency: make('input', { inputmode: 'numeric', placeholder: '10' }),
    hostInterval: make('input', { placeholder: '0' }),
    timeout: make('input', { placeholder: '30s' }),
  };
  const name = make('input', { placeholder: 'a new one', autocomplete: 'off', autocapitalize: 'off' });
  const others = make('textarea', {
    rows: '3',
    spellcheck: 'false',
    autocapitalize: 'off',
    placeholder: '{ "retries": 0, "header": ["Accept-Language: en"] }',
  });
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
      const given = Object.entries(inputs).flatMap(([key, input]) => (input.value.trim() === '' ? [] : [[key, input.value.trim()]]));
      const body = { list: list.value, options: { ...Object.fromEntries(given), ...parsed(others.value) } };
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
  const links = make(
    'fieldset',
    {},
    make('legend', {}, 'Links'),
    make(
      'div',
      { class: 'fields' },
      field('Follow links', 'of the pages that are found', inputs.depth),
      field('Stay within', 'if links are followed', inputs.scope),
      field('Stop after', 'URLs, if links are followed', inputs.maxUrls),
    ),
  );
  const politeness = make(
    'fieldset',
    {},
    make('legend', {}, 'Politeness'),
    make(
      'div',
      { class: 'fields' },
      field('Requests per origin', 'at a time', inputs.hostConcurrency),
      field('Time between requests', 'to one origin, such as 500ms', inputs.hostInterval),
      field('Timeout', 'of one request, such as 10s', inputs.timeout),
    ),
  );
  const more = make(
    'details',
    {},
    make('summary', {}, 'More options'),
    field('Run id', 'letters, digits, ".", "_" and "-"', name),
    field('Other options', 'JSON, with the names of trawl.config.json', others),
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
        links,
        politeness,
        more,
        problem.element,
        make('div', { class: 'actions' }, send),
      ),
    ],
    begin: () => list.focus(),
  };
}

function parsed(text) {
  if (text.trim() === '') return {};
  try {
    return JSON.parse(text);
  } catch {
    throw new Error('The other options are not JSON.');
  }
}

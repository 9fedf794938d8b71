/** The form that adds a schedule. */
import { choice, field, make, problemText } from './dom.js';
import { runOptions } from './run-options.js';
import { request } from './server.js';

const EXAMPLES = [
  ['', 'Other'],
  ['0 3 * * *', 'Every day at 3:00'],
  ['0 3 * * 1', 'Every Monday at 3:00'],
  ['0 3 1 * *', 'The first of the month at 3:00'],
  ['0 * * * *', 'Every hour'],
  ['*/15 * * * *', 'Every 15 minutes'],
];

export function newScheduleView() {
  const name = make('input', { required: true, autocomplete: 'off', autocapitalize: 'off', spellcheck: 'false', placeholder: 'nightly' });
  const cron = make('input', { required: true, autocomplete: 'off', spellcheck: 'false', value: EXAMPLES[1][0], oninput: showExample });
  const example = choice({ onchange: takeExample }, EXAMPLES);
  const zones = make('datalist', { id: 'zones' }, ...Intl.supportedValuesOf('timeZone').map((value) => make('option', { value })));
  const timezone = make('input', { list: 'zones', autocomplete: 'off', spellcheck: 'false', value: ownZone() });
  const textarea = (rows, placeholder) => make('textarea', { rows, spellcheck: 'false', autocapitalize: 'off', placeholder });
  const list = textarea('6', 'https://example.com/');
  const sitemaps = textarea('2', 'https://example.com/sitemap.xml');
  const listUrls = textarea('2', 'https://example.com/urls.txt');
  const options = runOptions();
  const replace = make('input', { type: 'checkbox' });
  const problem = problemText();
  const send = make('button', { class: 'primary' }, 'Add the schedule');

  function takeExample() {
    if (example.value !== '') cron.value = example.value;
    else cron.focus();
  }

  function showExample() {
    const text = cron.value.trim();
    example.value = EXAMPLES.some(([value]) => value === text) ? text : '';
  }

  async function onsubmit(event) {
    event.preventDefault();
    send.disabled = true;
    problem.show('');
    try {
      const body = { name: name.value.trim(), cron: cron.value.trim(), options: options.values() };
      if (timezone.value.trim() !== '') body.timezone = timezone.value.trim();
      if (list.value.trim() !== '') body.list = list.value;
      if (linesOf(sitemaps).length > 0) body.sitemaps = linesOf(sitemaps);
      if (linesOf(listUrls).length > 0) body.listUrls = linesOf(listUrls);
      if (replace.checked) body.replace = true;
      await request('POST', '/api/schedules', body);
      location.hash = '#/schedules';
    } catch (error) {
      problem.show(error.message);
    } finally {
      send.disabled = false;
    }
  }

  showExample();
  const when = make(
    'fieldset',
    {},
    make('legend', {}, 'When'),
    make(
      'div',
      { class: 'fields' },
      field('Starts', 'or write the times yourself', example),
      field('Cron', 'minute, hour, day, month, day of the week', cron),
      field('Time zone', 'such as Europe/Berlin', timezone),
    ),
    zones,
  );
  const sources = make(
    'fieldset',
    {},
    make('legend', {}, 'What'),
    field('URLs', 'one per line; stored with the schedule', list),
    make(
      'div',
      { class: 'fields' },
      field('Sitemaps', 'one URL per line; read for each run', sitemaps),
      field('Lists', 'one URL per line; read for each run', listUrls),
    ),
  );
  const more = make(
    'details',
    {},
    make('summary', {}, 'More options'),
    options.others,
    make('label', { class: 'check' }, replace, make('span', {}, 'Replace a schedule of this name')),
  );
  return {
    title: 'New schedule',
    elements: [
      make('p', { class: 'note' }, make('a', { href: '#/schedules' }, '← Schedules')),
      make('h1', {}, 'New schedule'),
      make(
        'form',
        { class: 'panel', onsubmit },
        field('Name', 'its runs are named after it', name),
        when,
        sources,
        ...options.fieldsets,
        more,
        problem.element,
        make('div', { class: 'actions' }, send),
      ),
    ],
    begin: () => name.focus(),
  };
}

const linesOf = (input) =>
  input.value
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');

/** The time zone of this browser. */
function ownZone() {
  return Intl.DateTimeFormat().resolvedOptions().timeZone ?? 'UTC';
}

/** The options of a run that forms ask for. */
import { choice, field, make } from './dom.js';

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

/** Fields for the options that are used most, and one for all others as JSON. `values` returns what was entered, and throws if the JSON is not valid. */
export function runOptions() {
  const inputs = {
    depth: choice({}, DEPTHS),
    scope: choice({}, SCOPES),
    maxUrls: make('input', { inputmode: 'numeric', placeholder: 'no limit' }),
    hostConcurrency: make('input', { inputmode: 'numeric', placeholder: '10' }),
    hostInterval: make('input', { placeholder: '0' }),
    timeout: make('input', { placeholder: '30s' }),
  };
  const others = make('textarea', {
    rows: '3',
    spellcheck: 'false',
    autocapitalize: 'off',
    placeholder: '{ "retries": 0, "header": ["Accept-Language: en"] }',
  });
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
  return {
    fieldsets: [links, politeness],
    others: field('Other options', 'JSON, with the names of trawl.config.json', others),
    values() {
      const given = Object.entries(inputs).flatMap(([key, input]) => (input.value.trim() === '' ? [] : [[key, input.value.trim()]]));
      return { ...Object.fromEntries(given), ...parsed(others.value) };
    },
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

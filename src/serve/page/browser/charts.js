/** Small charts, made of plain elements. */
import { make, setText } from './dom.js';
import { milliseconds, number, percent } from './format.js';

const CLASSES = ['ok', 'failed', 'skipped'];

/** A bar that shows how much of a run is done, by class of verdict. */
export function progressBar() {
  const parts = CLASSES.map((name) => make('i', { class: name }));
  const element = make('div', { class: 'bar', role: 'progressbar', 'aria-valuemin': '0', 'aria-valuemax': '100' }, ...parts);
  function update(run) {
    CLASSES.forEach((name, at) => {
      parts[at].style.width = `${percent(run[name], run.urls)}%`;
    });
    element.setAttribute('aria-valuenow', String(Math.floor(percent(run.settled, run.urls))));
    element.setAttribute('aria-label', `${number(run.settled)} of ${number(run.urls)} URLs done`);
  }
  return { element, update };
}

/** A bar that shows a part of a whole, such as busy slots. */
export function meter() {
  const part = make('i');
  const element = make('div', { class: 'bar meter', 'aria-hidden': 'true' }, part);
  function update(value, whole) {
    part.style.width = `${Math.min(100, percent(value, whole))}%`;
    part.className = percent(value, whole) >= 90 ? 'full' : '';
  }
  return { element, update };
}

/** A histogram of latencies. The last column has everything above the last bound. */
export function histogram() {
  const element = make('ol', { class: 'histogram' });
  let columns = [];
  function build(boundsMs) {
    const labels = [...boundsMs.map((bound) => axisLabel(bound)), '>'];
    columns = labels.map((label) => {
      const bar = make('i');
      const words = make('span', { class: 'unseen' });
      return { bar, words, item: make('li', {}, make('div', {}, bar), make('small', { 'aria-hidden': 'true' }, label), words) };
    });
    element.replaceChildren(...columns.map(({ item }) => item));
  }
  function update({ boundsMs, counts }) {
    if (columns.length !== counts.length) build(boundsMs);
    const most = Math.max(1, ...counts);
    counts.forEach((count, at) => {
      const range = at < boundsMs.length ? `up to ${milliseconds(boundsMs[at])}` : `above ${milliseconds(boundsMs.at(-1))}`;
      const { bar, words, item } = columns[at];
      bar.style.height = count === 0 ? '0' : `${Math.max(2, percent(count, most))}%`;
      setText(words, `${number(count)} ${range}`);
      item.title = `${number(count)} ${range}`;
    });
  }
  return { element, update };
}

const axisLabel = (ms) => (ms < 1_000 ? String(ms) : `${ms / 1_000}s`);

/** The bound below which `part` of the results lie, as text. */
export function quantileText({ boundsMs, counts }, part) {
  const all = counts.reduce((sum, count) => sum + count, 0);
  let below = 0;
  for (const [at, count] of counts.entries()) {
    below += count;
    if (below >= part * all) return at < boundsMs.length ? `≤ ${milliseconds(boundsMs[at])}` : `> ${milliseconds(boundsMs.at(-1))}`;
  }
  return '';
}

const SVG = 'http://www.w3.org/2000/svg';

/** A line chart over time. `update` gets the values, oldest first; at most `size` of them. */
export function timeline(size, label) {
  const picture = document.createElementNS(SVG, 'svg');
  picture.setAttribute('viewBox', `0 0 ${size - 1} 100`);
  picture.setAttribute('preserveAspectRatio', 'none');
  picture.setAttribute('role', 'img');
  const area = document.createElementNS(SVG, 'polygon');
  const line = document.createElementNS(SVG, 'polyline');
  line.setAttribute('vector-effect', 'non-scaling-stroke');
  picture.append(area, line);
  const most = make('small', { class: 'most' });
  const element = make('div', { class: 'timeline' }, picture, most);
  function update(values, unit) {
    const top = niceTop(Math.max(1, ...values));
    const first = size - values.length;
    const points = values.map((value, at) => `${first + at},${(100 - (94 * value) / top).toFixed(2)}`);
    line.setAttribute('points', points.join(' '));
    area.setAttribute('points', values.length === 0 ? '' : `${first},100 ${points.join(' ')} ${size - 1},100`);
    picture.setAttribute(
      'aria-label',
      `${label}: ${number(values.at(-1) ?? 0)}${unit} now, at most ${number(Math.max(0, ...values))}${unit}`,
    );
    setText(most, `${number(top)}${unit}`);
  }
  return { element, update };
}

/** Rounds up to 1, 2 or 5 times a power of ten. */
function niceTop(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((step) => step * power).find((top) => top >= value) ?? value;
}

/** The entry point of the page. It chooses the view and holds the state that all views share. */
import { make, setClass, setText } from './dom.js';
import { bytes, moment } from './format.js';
import { loginView } from './login.js';
import { newRunView } from './new-run.js';
import { overviewView } from './overview.js';
import { resultsView } from './results.js';
import { runView } from './run.js';
import { listen, whenSignInNeeded } from './server.js';

const main = document.getElementById('main');
const alertLine = document.getElementById('away');
const chip = document.getElementById('redis');

/** The last overview that the server sent. */
let overview;
/** The present view. `update(overview)` is called with each overview, and `close()` when another view replaces it. */
let view;
let stopListening = () => {};
let isSignedOut = false;

function show({ title, elements, ...next }) {
  view?.close?.();
  document.title = title === '' ? 'Trawl' : `${title} - Trawl`;
  main.replaceChildren(...elements);
  view = next;
  if (overview !== undefined) view.update?.(overview);
  view.begin?.();
}

function route() {
  const [, page = '', name = ''] = location.hash.split('/');
  for (const link of document.querySelectorAll('header nav a')) {
    if (link.hash === (page === 'results' ? '#/results' : '#/')) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  if (page === 'new') show(newRunView());
  else if (page === 'results') show(resultsView());
  else if (page === 'run' && name !== '') show(runView(decoded(name)));
  else show(overviewView());
}

/** Decodes a part of the URL. A user may have typed it, so it may be invalid; then it is used as it is. */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function showAlert(text) {
  setText(alertLine, text);
  alertLine.hidden = text === '';
}

function take(next) {
  const isFirst = overview === undefined;
  overview = next;
  const { redis } = next;
  setText(chip, redis.reachable ? 'Redis is up' : 'Redis is unreachable');
  setClass(chip, redis.reachable ? 'chip good' : 'chip bad');
  showAlert(warningOf(redis));
  main.classList.toggle('stale', !redis.reachable);
  if (isFirst) route();
  else view.update?.(next);
}

/** A warning about Redis, the most urgent one. Empty if all is well. */
function warningOf(redis) {
  if (!redis.reachable)
    return `Redis has been unreachable since ${moment(redis.awaySince)}: ${redis.reason}. The figures below are from before that. Runs continue by themselves when Redis is back.`;
  if (redis.persistence === 'failing') return 'Redis cannot write to its disk: look at its log and at the space on its disk.';
  if (redis.evictionPolicy !== undefined && redis.evictionPolicy !== '' && redis.evictionPolicy !== 'noeviction')
    return `Redis may throw away URLs when its memory is full: set maxmemory-policy to noeviction (it is ${redis.evictionPolicy}).`;
  if (redis.maxBytes > 0 && redis.usedBytes > 0.9 * redis.maxBytes)
    return `Redis has used ${bytes(redis.usedBytes)} of ${bytes(redis.maxBytes)} of memory. When it is full, it takes no more URLs.`;
  return '';
}

function lost(reason) {
  setText(chip, 'No connection');
  setClass(chip, 'chip bad');
  main.classList.add('stale');
  showAlert(`${reason} Trying again.`);
  if (view === undefined) main.replaceChildren(make('p', { class: 'empty' }, 'Waiting for the server.'));
}

function start() {
  stopListening();
  stopListening = listen(take, lost);
}

whenSignInNeeded(() => {
  if (isSignedOut) return;
  isSignedOut = true;
  stopListening();
  overview = undefined;
  showAlert('');
  setText(chip, '');
  main.classList.remove('stale');
  show(
    loginView(() => {
      isSignedOut = false;
      start();
    }),
  );
});

window.addEventListener('hashchange', () => {
  // `#main` is the target of the skip link, not a route.
  if (isSignedOut || overview === undefined || location.hash === '#main') return;
  route();
  if (!main.contains(document.activeElement)) main.focus({ preventScroll: true });
  window.scrollTo(0, 0);
});
start();

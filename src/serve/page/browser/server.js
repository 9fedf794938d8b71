/** Requests to the API, and the stream of events that sends an overview about once a second. */

export class SignInNeeded extends Error {}

let onSignInNeeded = () => {};

/** Sets the function that is called when the server asks for its token. */
export function whenSignInNeeded(listener) {
  onSignInNeeded = listener;
}

/** Sends a request to the API and resolves to the answer. Rejects with an error whose message can be shown. */
export async function request(method, path, body) {
  const init = { method, headers: method === 'GET' ? {} : { 'content-type': 'application/json' } };
  if (body !== undefined) init.body = JSON.stringify(body);
  let response;
  try {
    response = await fetch(path, init);
  } catch {
    throw new Error('The server cannot be reached.');
  }
  if (response.status === 401 && path !== '/api/login') {
    onSignInNeeded();
    throw new SignInNeeded('The token is needed.');
  }
  if (response.status === 204) return undefined;
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(sentence(answer.error ?? `the server answered ${response.status}`));
  return answer;
}

function sentence(text) {
  const first = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(first) ? first : `${first}.`;
}

export const runPath = (run) => `/api/runs/${encodeURIComponent(run)}`;

const RETRY_MS = 3_000;

/** Calls `take` with each overview, and `lost` when the connection to the server is lost. Reconnects by itself. Returns a function that stops it. */
export function listen(take, lost) {
  let source;
  let timer;
  let isClosed = false;
  async function connect() {
    try {
      take(await request('GET', '/api/overview'));
    } catch (error) {
      if (isClosed || error instanceof SignInNeeded) return;
      lost(error.message);
      timer = setTimeout(connect, RETRY_MS);
      return;
    }
    if (isClosed) return;
    source = new EventSource('/api/events');
    source.addEventListener('overview', (event) => take(JSON.parse(event.data)));
    source.onerror = () => {
      lost('The connection to the server was lost.');
      if (source.readyState === EventSource.CLOSED && !isClosed) timer = setTimeout(connect, RETRY_MS);
    };
  }
  connect();
  return () => {
    isClosed = true;
    clearTimeout(timer);
    source?.close();
  };
}

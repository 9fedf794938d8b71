/** The view that asks for the server's token. */
import { field, make, problemText } from './dom.js';
import { request } from './server.js';

export function loginView(onSignedIn) {
  const token = make('input', { type: 'password', required: true, autocomplete: 'current-password' });
  const problem = problemText();

  async function onsubmit(event) {
    event.preventDefault();
    try {
      await request('POST', '/api/login', { token: token.value });
      onSignedIn();
    } catch (error) {
      problem.show(error.message);
      token.select();
    }
  }

  return {
    title: 'Sign in',
    elements: [
      make('h1', {}, 'Sign in'),
      make(
        'form',
        { class: 'panel narrow', onsubmit },
        field('Token', 'the TRAWL_TOKEN of this server', token),
        problem.element,
        make('div', { class: 'actions' }, make('button', { class: 'primary' }, 'Sign in')),
      ),
    ],
    begin: () => token.focus(),
  };
}

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { startRedisServer } from '../helpers/redis-server.ts';
import { DEADLINE_MS, until } from '../helpers/until.ts';
import { hasChromium, openBrowser, openPage } from './browser.ts';
import { fetchSlowly, startTestServer } from './test-server.ts';

const state = (page: Page) => page.locator('.title .state').textContent();
const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click({ timeout: DEADLINE_MS });

test('a run is started, paused, resumed and cancelled in a browser while Redis is killed and comes back', {
  skip: !hasChromium,
}, async (t) => {
  const redis = await startRedisServer({ args: ['--appendonly', 'yes', '--appendfsync', 'always'] });
  t.after(() => redis.stop());
  const server = await startTestServer(t, { redisUrl: redis.url, allowPrivate: true });
  fetchSlowly(t, server.engine);
  const { page, complaints } = await openPage(await openBrowser(t), server.origin);
  page.setDefaultTimeout(DEADLINE_MS);
  await page.getByText('There are no runs yet.').waitFor();

  // Uses only the keyboard where possible.
  await page.getByRole('link', { name: 'New run' }).focus();
  await page.keyboard.press('Enter');
  const urls = Array.from({ length: 3_000 }, (_, at) => `http://site-${at % 30}.test/${at}`);
  await page.getByLabel('Or a file').setInputFiles({ name: 'urls.txt', mimeType: 'text/plain', buffer: Buffer.from(urls.join('\n')) });
  await page.getByText('3,000 URLs').waitFor();
  await page.getByText('More options').click();
  await page.getByLabel('Run id').fill('by-hand');
  await page.keyboard.press('Enter');
  await until(async () => (await state(page)) === 'running', 'the run to go on');

  await press(page, 'Pause');
  await until(async () => (await state(page)) === 'paused', 'the pause');
  await redis.kill();
  await page.getByText('Redis has been unreachable since').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Resume' }).isDisabled(), true);
  assert.equal(await state(page), 'paused', 'the last known state stays');

  const again = await startRedisServer({ port: redis.port, dir: redis.dir, args: ['--appendonly', 'yes', '--appendfsync', 'always'] });
  t.after(() => again.stop());
  await until(async () => !(await page.locator('#away').isVisible()), 'the page to recover');
  await press(page, 'Resume');
  await until(async () => (await state(page)) === 'running', 'the run to go on');
  const settled = async () => (await server.engine.counts('by-hand')).settled;
  const before = await settled();
  await until(async () => (await settled()) > before, 'URLs to be fetched again');

  await press(page, 'Cancel');
  await page.getByRole('button', { name: 'Go back' }).press('Enter');
  assert.equal(await state(page), 'running');
  await press(page, 'Cancel');
  await press(page, 'Cancel the run');
  await until(async () => (await state(page)) === 'cancelled', 'the run to be cancelled');
  await until(async () => (await server.engine.counts('by-hand')).ended, 'every URL to have its result');
  const { submitted, ok, failed, skipped } = await server.engine.counts('by-hand');
  assert.equal(submitted, 3_000);
  assert.equal(ok + failed + skipped, 3_000);
  assert.ok(skipped > 0);

  await press(page, 'Remove');
  await press(page, 'Remove the run');
  await page.getByText('There are no runs yet.').waitFor();
  assert.deepEqual(complaints, []);
});

const VIEWS = ['#/', '#/new', '#/results', '#/schedules', '#/new-schedule', '#/run/mine', '#/run/nothing', '#/nonsense/%'];

test('no view is wider than a phone, and every control can be reached with the keyboard', { skip: !hasChromium }, async (t) => {
  const server = await startTestServer(t);
  await server.send('POST', '/api/runs', { body: { list: `https://${'long.'.repeat(40)}example/${'x'.repeat(300)}`, run: 'mine' } });
  for (const name of ['a', 'a-very-long-name-of-a-schedule-012345678']) {
    const body = { name, cron: '0 0 1 1 1-5', timezone: 'America/Argentina/Buenos_Aires', list: 'https://a.example/' };
    assert.equal((await server.send('POST', '/api/schedules', { body })).status, 201);
  }
  await server.schedules.trigger('a', Date.now());
  const stop = new AbortController();
  const watching = server.schedules.watch(async (due) => {
    await due.begin('a-20261130-020000');
    await due.note('not started at 2026-11-30 17:00:00 UTC: the last run is still going');
  }, stop.signal);
  await until(async () => (await server.schedules.list())[0]?.note !== undefined, 'a last run');
  stop.abort();
  await watching;
  const browser = await openBrowser(t);
  for (const view of VIEWS) {
    const { page, complaints } = await openPage(browser, `${server.origin}/${view}`, {
      viewport: { width: 390, height: 844 },
      isMobile: true,
    });
    await page.locator('main h1').first().waitFor({ state: 'attached', timeout: DEADLINE_MS });
    assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 390, view);
    const reachable = await page.locator('main').evaluate((main) => {
      type Control = { checkVisibility(): boolean; disabled?: boolean; tabIndex: number };
      const controls = [
        ...(main as unknown as { querySelectorAll(what: string): Iterable<Control> }).querySelectorAll(
          'a, button, input, select, textarea',
        ),
      ];
      return controls.filter((control) => control.checkVisibility() && control.disabled !== true).every(({ tabIndex }) => tabIndex === 0);
    });
    assert.ok(reachable, view);
    assert.deepEqual(complaints, [], view);
    await page.context().close();
  }
});

test('a schedule is added, run and removed with the keyboard while Redis goes away and comes back', { skip: !hasChromium }, async (t) => {
  const args = ['--appendonly', 'yes', '--appendfsync', 'always'];
  const redis = await startRedisServer({ args });
  t.after(() => redis.stop());
  const server = await startTestServer(t, { redisUrl: redis.url });
  const { page, complaints } = await openPage(await openBrowser(t), server.origin);
  page.setDefaultTimeout(DEADLINE_MS);
  await page.getByRole('link', { name: 'Schedules' }).press('Enter');
  await page.getByText('There are no schedules.').waitFor();
  await page.getByRole('link', { name: 'New schedule' }).press('Enter');
  await page.getByRole('textbox', { name: /^Name/ }).fill('nightly');
  await page.getByLabel('Cron').fill('every day');
  await page.getByRole('textbox', { name: /^URLs/ }).fill('https://a.example/');
  await page.getByRole('button', { name: 'Add the schedule' }).press('Enter');
  await page.getByRole('alert').getByText('Cron: "every day"').waitFor();
  await page.getByLabel('Starts').selectOption('Every Monday at 3:00');
  await page.getByLabel('Follow links').selectOption('All pages');
  await page.getByRole('button', { name: 'Add the schedule' }).press('Enter');
  await page.getByRole('row', { name: 'nightly' }).waitFor();
  const [kept] = await server.schedules.list();
  assert.equal(kept?.cron, '0 3 * * 1');
  assert.match(kept?.job ?? '', /"privateAddresses":"deny"/);

  await redis.kill();
  await page.getByText('Redis has been unreachable since').waitFor();
  const remove = page.getByRole('button', { name: 'Remove nightly' });
  await until(() => remove.isDisabled(), 'the buttons to be disabled');
  assert.ok(await page.getByRole('row', { name: 'nightly' }).isVisible(), 'what was loaded last stays');
  const again = await startRedisServer({ port: redis.port, dir: redis.dir, args });
  t.after(() => again.stop());
  await until(async () => !(await remove.isDisabled()), 'the page to recover');

  await page.getByRole('button', { name: 'Run nightly now' }).press('Enter');
  await page.getByText('A worker starts a run of nightly').waitFor();
  await remove.press('Enter');
  await page.getByRole('button', { name: 'Go back' }).press('Enter');
  assert.equal((await server.schedules.list()).length, 1);
  await remove.press('Enter');
  await page.getByRole('button', { name: 'Remove the schedule' }).press('Enter');
  await page.getByText('There are no schedules.').waitFor();
  assert.deepEqual(await server.schedules.list(), []);
  assert.deepEqual(complaints, []);
});

test('hostile names, URLs and reasons are shown as text', { skip: !hasChromium }, async (t) => {
  const server = await startTestServer(t, { allowPrivate: true });
  const attack = '"><img src=x onerror="window.attacked=1"><script>window.attacked=1</script>';
  fetchSlowly(t, server.engine, { name: `w${attack}`, reason: `why ${attack}`, isFailure: true });
  await server.send('POST', '/api/runs', { body: { list: `http://a.test/${attack}\njavascript:window.attacked=1`, run: 'mine' } });
  await until(async () => (await server.engine.counts('mine')).ended, 'the run to end');
  await until(
    async () => (await server.engine.facts()).workers.some(({ activity }) => activity?.failures.length === 1),
    'the worker to report',
  );
  const browser = await openBrowser(t);
  for (const view of ['#/', '#/run/mine', `#/run/${encodeURIComponent(attack)}`]) {
    const { page } = await openPage(browser, `${server.origin}/${view}`);
    if (view === '#/') await page.getByText(`why ${attack}`).first().waitFor({ timeout: DEADLINE_MS });
    else await page.locator('main h1').first().waitFor({ timeout: DEADLINE_MS });
    assert.equal(await page.evaluate('window.attacked'), undefined, view);
    assert.equal(await page.locator('main img, main script, a[href^="javascript"]').count(), 0, view);
    await page.context().close();
  }
});

test('a page of another origin can neither read nor change anything', { skip: !hasChromium }, async (t) => {
  const server = await startTestServer(t);
  await server.send('POST', '/api/runs', { body: { list: 'https://a.example/', run: 'mine', open: true } });
  const foreign = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html').end('<!doctype html><title>foreign</title>');
  });
  foreign.listen(0, '127.0.0.1');
  await once(foreign, 'listening');
  t.after(() => foreign.close());
  const { port } = foreign.address() as AddressInfo;
  const { page } = await openPage(await openBrowser(t), `http://127.0.0.1:${port}/`);
  const tries = await page.evaluate(foreignAttempts(server.origin));
  // The browser refuses an opaque answer too, because of its resource policy.
  assert.deepEqual(tries, ['refused', 'refused', 'refused', 'refused', 'refused', 'closed']);
  assert.equal((await server.engine.counts('mine')).state, 'open');

  // The same address by a name that its owner points at us.
  const rebound = await page.goto(`http://evil.test:${new URL(server.origin).port}/api/runs`);
  assert.equal(rebound?.status(), 421);
  assert.doesNotMatch(await page.content(), /mine/);
});

/** What a foreign page tries, as a script of that page. It is a string, because the tests' compiler adds helpers to functions. */
function foreignAttempts(target: string): string {
  return `(async () => {
    const target = ${JSON.stringify(target)};
    const attempt = (path, init) => fetch(target + path, init).then(async (answer) => answer.type + ' ' + (await answer.text()), () => 'refused');
    const framed = new Promise((resolve) => {
      const frame = document.createElement('iframe');
      frame.src = target + '/';
      frame.onload = () => resolve(frame.contentDocument === null ? 'closed' : 'open');
      document.body.append(frame);
    });
    const form = document.createElement('form');
    Object.assign(form, { action: target + '/api/runs/mine/cancel', method: 'post', enctype: 'text/plain', target: 'elsewhere' });
    document.body.append(form);
    form.submit();
    const json = { 'content-type': 'application/json' };
    return [
      await attempt('/api/runs', {}),
      await attempt('/api/runs', { mode: 'no-cors' }),
      await attempt('/api/runs/mine/cancel', { method: 'POST', headers: json }),
      await attempt('/api/runs/mine/cancel', { method: 'POST', mode: 'no-cors' }),
      await attempt('/api/runs/mine', { method: 'DELETE', headers: json }),
      await framed,
    ];
  })()`;
}

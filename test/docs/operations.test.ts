import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { withGeneratedTables } from '../../scripts/operations-docs.ts';
import { LOG_EVENTS } from '../../src/model/log-events.ts';

test('the tables of metrics and log events in the operations guide match their definitions', () => {
  const page = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');
  assert.equal(withGeneratedTables(page), page, 'run npm run docs');
});

test('each log event that is listed is logged somewhere', () => {
  const src = new URL('../../src/', import.meta.url);
  const code = readdirSync(src, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('log-events.ts'))
    .map((name) => readFileSync(new URL(name, src), 'utf8'))
    .join('\n');
  // `Notices` writes messages for people. It gets the event as an argument.
  const isLogged = (event: string) => code.includes(`event: '${event}'`) || new RegExp(`#line\\('\\w+', '${event}'`).test(code);
  assert.deepEqual(
    Object.keys(LOG_EVENTS).filter((event) => !isLogged(event)),
    [],
  );
});

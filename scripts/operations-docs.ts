import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { METRIC_GROUPS, type MetricDefinition } from '../src/metrics/definitions.ts';
import { LOG_EVENTS } from '../src/model/log-events.ts';
import { between } from './cli-docs.ts';

/** `npm run docs`: writes the tables of metrics and of log events into docs/operations.md, from their definitions. A test fails if they differ. */
const PAGE = fileURLToPath(new URL('../docs/operations.md', import.meta.url));

/** Returns the page with its generated parts updated. */
export function withGeneratedTables(page: string): string {
  return between('events', between('metrics', page, metricTables()), eventTable());
}

function metricTables(): string {
  const tables = METRIC_GROUPS.map(({ title, shownBy, metrics }) => {
    const commands = shownBy.map((command) => `\`${command}\``).join(', ');
    const rows = (Object.values(metrics) as MetricDefinition[]).map(({ name, type, help, labels }) => {
      const shown = labels === undefined ? name : `${name}{${labels.join(',')}}`;
      return `| \`${shown}\` | ${type} | ${help} |`;
    });
    return [`**${title}** (${commands})`, '', '| metric | type | meaning |', '|---|---|---|', ...rows, ''].join('\n');
  });
  return tables.join('\n');
}

function eventTable(): string {
  const rows = Object.entries(LOG_EVENTS).map(([event, meaning]) => `| \`${event}\` | ${meaning} |`);
  return ['| event | meaning |', '|---|---|', ...rows, ''].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(PAGE, withGeneratedTables(readFileSync(PAGE, 'utf8')));

import { ASSUMED_MS, type Plan, type PlanLimits, planSources } from '../../producer/plan.ts';
import { duration, shownNumber } from '../../report/shown-figures.ts';
import { namedSources, openInput } from '../begin-run.ts';
import type { CommandContext } from '../command-context.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { alignedRows } from '../terminal/aligned-rows.ts';

/** `trawl plan [SOURCE...]`: shows what a crawl of the sources would have to do, and how long it would take at least. */
export async function plan(context: CommandContext): Promise<ExitCode> {
  const { config, stdout, shutdown } = context;
  const { hostConcurrency, hostIntervalMs, scheme } = config.run;
  const limits = { concurrency: config.process.concurrency, hostConcurrency, hostIntervalMs, ...(scheme !== undefined && { scheme }) };
  const planned = await planSources(await openInput(context, await namedSources(context)), limits, shutdown.signal);
  stdout.write(
    config.report.statusFormat === 'json' ? `${JSON.stringify({ schema: 1, ...planned }, undefined, 2)}\n` : planText(planned, limits),
  );
  return EXIT.ok;
}

const MAX_ORIGINS = 20;

/** The plan as text for people. */
export function planText({ submitted, urls, duplicates, invalid, origins, leastMs, likelyMs }: Plan, limits: PlanLimits): string {
  const shown = origins.slice(0, MAX_ORIGINS);
  const rows = [
    ['Origin', 'URLs', 'At least'],
    ...shown.map((one) => [one.origin, shownNumber(one.urls), one.leastMs === 0 ? '-' : duration(one.leastMs / 1_000)]),
  ];
  const table = alignedRows(rows, { right: [1, 2] });
  const left = origins.length - shown.length;
  const { concurrency, hostConcurrency, hostIntervalMs } = limits;
  const bound = hostIntervalMs === 0 ? '' : `At least ${duration(leastMs / 1_000)}, because of --host-interval ${hostIntervalMs}ms.\n`;
  const estimate = `About ${duration(likelyMs / 1_000)} if a request takes ${ASSUMED_MS} ms, with ${concurrency} requests at a time and ${hostConcurrency} per origin.\n`;
  const requested = origins.reduce((sum, one) => sum + one.urls, 0);
  const local = urls === requested ? '' : `${count(urls - requested, 'local link')}, `;
  const books = `${count(submitted, 'line')}: ${count(requested, 'URL')} of ${count(origins.length, 'origin')}, ${local}${count(duplicates, 'duplicate')}, ${shownNumber(invalid)} invalid. Nothing was fetched.\n`;
  return `${requested === 0 ? '' : `${table}${left > 0 ? `and ${shownNumber(left)} more origins\n` : ''}\n`}${books}${bound}${requested === 0 ? '' : estimate}`;
}

function count(amount: number, noun: string): string {
  return `${shownNumber(amount)} ${noun}${amount === 1 ? '' : 's'}`;
}

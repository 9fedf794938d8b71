import { UsageError } from '../model/errors.ts';
import type { Source } from '../producer/sources/source.ts';
import { parseServiceLine, type Service } from './service.ts';

/** Maximum number of problems listed in a message; the rest are counted. */
const MAX_LISTED = 20;

/**
 * Reads the services of all sources, to their end. Rejects with one UsageError that lists all bad lines (20 at most),
 * or if there is no service at all.
 */
export async function readServices(sources: readonly Source[], signal: AbortSignal): Promise<Service[]> {
  const services: Service[] = [];
  const problems: string[] = [];
  for (const source of sources) {
    let number = 0;
    for await (const lines of source.lines(signal)) {
      for (const text of lines) {
        number++;
        const line = parseServiceLine(text);
        if (line.kind === 'service') services.push(line.service);
        if (line.kind === 'invalid') problems.push(`${source.name}:${number}: ${line.problem}`);
      }
    }
  }
  if (problems.length > 0) throw new UsageError(problemText(problems));
  if (services.length === 0)
    throw new UsageError(`no service to watch in ${sources.map(({ name }) => name).join(', ')}: write one URL per line`);
  return services;
}

function problemText(problems: readonly string[]): string {
  if (problems.length === 1) return problems.join();
  const more = problems.length - MAX_LISTED;
  return [
    `${problems.length} lines are not valid:`,
    ...problems.slice(0, MAX_LISTED).map((problem) => `  ${problem}`),
    ...(more > 0 ? [`  and ${more} more`] : []),
  ].join('\n');
}

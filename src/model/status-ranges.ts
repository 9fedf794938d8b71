import { accept, type Parsed, quote, reject } from './parsed.ts';
import type { StatusRange } from './run-options.ts';

/** Reads `200-299,304`: status codes and inclusive ranges of them, 100 to 599. */
export function statusRanges(text: string): Parsed<readonly StatusRange[]> {
  const ranges: StatusRange[] = [];
  for (const part of text.split(',').map((piece) => piece.trim())) {
    const [, from, to] = /^(\d{3})(?:\s*-\s*(\d{3}))?$/.exec(part) ?? [];
    if (from === undefined) return reject(`${quote(part)} is not a status code or range: write them like 200-299,304`);
    const range: StatusRange = [Number(from), Number(to ?? from)];
    const problem = statusRangeProblem(range);
    if (problem !== undefined) return reject(problem);
    ranges.push(range);
  }
  return accept(ranges);
}

/** What is wrong with a range of statuses, or undefined. */
export function statusRangeProblem([from, to]: StatusRange): string | undefined {
  if (from < 100 || to > 599) return `status codes go from 100 to 599, not ${from === to ? from : `${from}-${to}`}`;
  return from > to ? `the range ${from}-${to} is empty: write ${to}-${from}` : undefined;
}

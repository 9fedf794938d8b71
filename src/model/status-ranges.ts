import { accept, type Parsed, quote, reject } from './parsed.ts';
import type { StatusRange } from './run-options.ts';

/** Parses status codes and inclusive ranges from 100 to 599, such as `200-299,304`. */
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

/** Why a range of statuses is invalid, or undefined if it is valid. */
export function statusRangeProblem([from, to]: StatusRange): string | undefined {
  if (from < 100 || to > 599) return `status codes go from 100 to 599, not ${from === to ? from : `${from}-${to}`}`;
  return from > to ? `the range ${from}-${to} is empty: write ${to}-${from}` : undefined;
}

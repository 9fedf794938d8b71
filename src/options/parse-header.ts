import { accept, type Parsed, reject } from '../model/parsed.ts';
import { FIELD_VALUE, type Header, headerProblem } from '../model/request-header.ts';

/** Reads `Name: value`, or `Name: env:VAR` for a value that each worker reads from its own environment. */
export function headerLine(line: string): Parsed<Header> {
  const colon = line.indexOf(':');
  // Values may be secrets: only the name is ever repeated.
  if (colon < 0) return reject('a header is written "Name: value"; there is no ":" in this one');
  const name = line.slice(0, colon).trim();
  const value = line.slice(colon + 1).replaceAll(/^[ \t]+|[ \t]+$/g, '');
  const problem = headerProblem(name, value);
  return problem === undefined ? accept([name, value]) : reject(problem);
}

/** Reads a User-Agent: a header value that is not empty. */
export function userAgent(value: string): Parsed<string> {
  const trimmed = value.trim();
  if (trimmed === '') return reject('is empty');
  return FIELD_VALUE.test(trimmed) ? accept(trimmed) : reject('holds a line break or another character that headers cannot carry');
}

import type { BaselineMark } from './baseline.ts';

/** The line of a JSON object, with `baseline` behind its other fields if the row has a mark. */
export function withMark(line: string, { baseline }: { baseline?: BaselineMark }): string {
  return baseline === undefined ? line : `${line.slice(0, line.lastIndexOf('}'))},"baseline":"${baseline}"}`;
}

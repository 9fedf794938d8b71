import type { BaselineMark } from './baseline.ts';

/** The line of a JSON object. If the row has a mark, `baseline` is added as the last field. */
export function withMark(line: string, { baseline }: { baseline?: BaselineMark }): string {
  return baseline === undefined ? line : `${line.slice(0, line.lastIndexOf('}'))},"baseline":"${baseline}"}`;
}

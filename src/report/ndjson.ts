import type { RowFormat } from './row-format.ts';

/** The lines of the log, byte for byte: one outcome record each. */
export const ndjsonFormat: RowFormat = {
  head: '',
  row: (_outcome, line) => `${line}\n`,
  plainRow: (_row, line) => `${line}\n`,
  foot: '',
};

import type { OptionKey } from './option-table.ts';

/** A flag as it stood on the command line, in order. `text` is empty for a switch. */
export interface GivenFlag {
  key: OptionKey;
  text: string;
}

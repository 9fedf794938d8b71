import { FETCHES, GATED, OPENS_RUNS } from '../commands.ts';
import { duration, TEXT } from '../kinds.ts';
import type { OptionTable } from '../option-spec.ts';
import { text } from '../parse-values.ts';

/** Modules that extract data from pages and fold it into a result. */
export const MAPS = {
  map: {
    flag: '--map',
    valueName: 'FILE',
    scope: 'run',
    commands: OPENS_RUNS,
    meaning:
      'module that exports map(page); its return value becomes the data of the row; workers look for the file in their own --maps folder',
    ...TEXT,
  },
  mapTimeoutMs: {
    flag: '--map-timeout',
    valueName: 'T',
    default: '10s',
    scope: 'run',
    commands: OPENS_RUNS,
    meaning: 'time limit for map on one page',
    ...duration(1),
  },
  saveBodies: {
    flag: '--save-bodies',
    valueName: 'DIR',
    env: 'TRAWL_SAVE_BODIES',
    scope: 'process',
    commands: FETCHES,
    meaning: 'save each body, decoded, to a file in DIR; the row names it (bodyFile)',
    parse: text,
  },
  maps: {
    flag: '--maps',
    valueName: 'DIR',
    env: 'TRAWL_MAPS',
    default: '.',
    scope: 'process',
    commands: FETCHES,
    meaning: 'folder of --map modules; modules of runs on Redis are loaded only from this folder, and never from a folder of saved bodies',
    parse: text,
  },
  reduce: {
    flag: '--reduce',
    valueName: 'FILE',
    scope: 'report',
    commands: GATED,
    meaning:
      'module that exports initial, reduce(result, value, row) and optionally finish(result); it combines the data of all rows, in input order, into one result',
    parse: text,
  },
} as const satisfies OptionTable;

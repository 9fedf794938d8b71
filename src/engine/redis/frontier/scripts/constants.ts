import { MAX_EXACT_DEPTH } from '../../../../model/link-options.ts';
import {
  DOWN_AFTER,
  DOWN_PAUSE_MS,
  MAX_REMEMBERED,
  MISSED_PAUSE_MS,
  REMEMBERED_MS,
  SLOWED_AFTER,
} from '../../../../model/unreachable-origin.ts';
import { LOOK_AGAIN_MS } from '../../../rules/interval-guard.ts';
import { CLAIM_ENDS, OFFER_MS } from '../../../rules/lane-fairness.ts';
import { FASTER_AFTER_MS } from '../../../rules/origin-pace.ts';
import { PACKED_FIELDS } from '../wire-format.ts';

/** `ENTRY_DEPTH` and so on: the position of a field in a packed entry, counted from 1 as in Lua. */
const entryPositions = PACKED_FIELDS.map((field, index): [string, number] => [
  `ENTRY_${field.replace(/[A-Z]/g, '_$&').toUpperCase()}`,
  index + 1,
]);

/** The two digits before a member of the seen-set, by its value (seen.lua), as a Lua table. */
const depthPrefixes = Array.from({ length: 2 * (MAX_EXACT_DEPTH + 1) }, (_, value) => `[${value}] = '${10 + value}'`);

/** The constants that a script can get with `--- @constant NAME`, as Lua expressions. */
export const CONSTANTS: Readonly<Record<string, string | number>> = {
  REMEMBERED_MS,
  MAX_REMEMBERED,
  SLOWED_AFTER,
  DOWN_AFTER,
  MISSED_PAUSE_MS,
  DOWN_PAUSE_MS,
  FASTER_AFTER_MS,
  MIN_LOOK_AGAIN_MS: LOOK_AGAIN_MS.least,
  MAX_LOOK_AGAIN_MS: LOOK_AGAIN_MS.most,
  CLAIM_PAST: CLAIM_ENDS.past,
  CLAIM_NEVER_ENDS: CLAIM_ENDS.never,
  OFFER_MS,
  MAX_EXACT_DEPTH,
  DEPTH_PREFIXES: `{ ${depthPrefixes.join(', ')} }`,
  ...Object.fromEntries(entryPositions),
};

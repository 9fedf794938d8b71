import type { Environment } from '../../options/read-dotenv.ts';
import type { Output } from '../command-context.ts';

/**
 * True if output to `out` should have colours. `--color always` or `never` comes first, then FORCE_COLOR (`0` or `false` means no), then NO_COLOR (any value means no). Otherwise a terminal gets colours unless TERM is `dumb`.
 * See https://force-color.org and https://no-color.org.
 */
export function wantsColor(
  choice: 'auto' | 'always' | 'never',
  { FORCE_COLOR, NO_COLOR, TERM }: Environment,
  out: Pick<Output, 'isTTY'>,
): boolean {
  if (choice !== 'auto') return choice === 'always';
  if (FORCE_COLOR !== undefined && FORCE_COLOR !== '') return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false';
  if (NO_COLOR !== undefined && NO_COLOR !== '') return false;
  return out.isTTY === true && TERM !== 'dumb';
}

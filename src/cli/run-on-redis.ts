import type { Engine } from '../engine/engine.ts';
import { UsageError } from '../model/errors.ts';
import { LATEST, type RunId } from '../model/run-id.ts';

/** The run that is meant: `latest` is the one that was opened last. Rejects with UsageError if there is none. */
export async function runOnRedis(engine: Pick<Engine, 'runs'>, what: string): Promise<RunId> {
  if (what !== LATEST) return what;
  const latest = (await engine.runs()).at(-1);
  if (latest === undefined) throw new UsageError('there is no latest run: this Redis has no run; --prefix names another deployment');
  return latest;
}

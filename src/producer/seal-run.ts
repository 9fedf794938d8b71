import type { Engine } from '../engine/engine.ts';
import type { RunId } from '../model/run-id.ts';

/** Seals the run after `batches` batches. False if it was cancelled meanwhile: a cancelled run is sealed already, after the batches that it had then. */
export async function sealRun(engine: Pick<Engine, 'counts' | 'seal'>, run: RunId, batches: number): Promise<boolean> {
  if ((await engine.counts(run)).state === 'cancelled') return false;
  await engine.seal(run, batches);
  return true;
}

import { loopTurn } from '../core/loop-turn.ts';

/** Work that never waits for anything holds up others for so long at most, in milliseconds. */
const TURN_MS = 10;

/** Lets others go on now and then, where entry after entry is settled without a request. */
export class Turns {
  #sinceMs = performance.now();

  async pass(): Promise<void> {
    if (performance.now() - this.#sinceMs < TURN_MS) return;
    await loopTurn();
    this.#sinceMs = performance.now();
  }
}

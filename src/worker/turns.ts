import { loopTurn } from '../util/async.ts';

/** Work that never waits for anything holds up others for so long at most, in milliseconds. */
const TURN_MS = 10;

/** Lets others go on now and then, where much is done without waiting for a request: entry after entry that needs none, or the links of a large page. */
export class Turns {
  #sinceMs = performance.now();

  /** A request was waited for: others have had their turn. */
  begin(): void {
    this.#sinceMs = performance.now();
  }

  /** It is time to let others go on. */
  get isOver(): boolean {
    return performance.now() - this.#sinceMs >= TURN_MS;
  }

  /** Others go on first, if it is time for them. */
  async pass(): Promise<void> {
    if (!this.isOver) return;
    await loopTurn();
    this.begin();
  }
}

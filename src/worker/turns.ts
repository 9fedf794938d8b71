import { loopTurn } from '../core/loop-turn.ts';

/** Work that never waits for anything holds up others for so long at most, in milliseconds. */
const TURN_MS = 10;

/** Lets others go on now and then, where entry after entry is settled without a request. */
export class Turns {
  #sinceMs = performance.now();

  /** It is time for others. Asked first, because most entries cost less than a promise that need not be waited for. */
  get isOver(): boolean {
    return performance.now() - this.#sinceMs >= TURN_MS;
  }

  /** A request was waited for: others have had their turn. */
  begin(): void {
    this.#sinceMs = performance.now();
  }

  /** Others go on first. */
  async pass(): Promise<void> {
    await loopTurn();
    this.begin();
  }
}

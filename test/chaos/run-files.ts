import { createReadStream, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What the collector has written so far. */
export class RunFiles {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** `outcomes.ndjson`, in pieces. */
  log(): AsyncIterable<string> {
    return createReadStream(join(this.folder, 'outcomes.ndjson'), 'utf8');
  }

  /** `run.json`, or '' if there is none yet. */
  summary(): string {
    try {
      return readFileSync(join(this.folder, 'run.json'), 'utf8');
    } catch {
      return '';
    }
  }

  get hasEnded(): boolean {
    return this.summary().includes('"state": "ended"');
  }
}

import { writeSync } from 'node:fs';

/** Reports events of this process to the test harness, through the pipe that is its file 3, before anything else happens. */
export function report(what) {
  // A process started by a worker: its file 3 leads to that worker.
  if (process.send !== undefined) return;
  try {
    writeSync(3, `${what}\n`);
  } catch {
    // The harness has gone, and this process is about to exit.
  }
}

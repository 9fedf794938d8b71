import { readFileSync } from 'node:fs';

/** What a contender is told: a list in a file, how many requests at a time, and a Redis of its own if it wants one. */
export interface Task {
  listFile: string;
  concurrency: number;
  redisUrl: string;
}

/** What it reports. CPU is that of its own process. */
export interface Result {
  urls: number;
  seconds: number;
  cpuSeconds: number;
}

/** Runs a contender in this process, times it and prints its result for the one who started it. `work` gives the number of URLs it fetched. */
export async function measure(work: (task: Task) => Promise<number>): Promise<void> {
  // The loader maps stack traces to the sources, which the built program does not: it is not what is measured.
  process.setSourceMapsEnabled(false);
  const task = JSON.parse(process.argv[2] ?? '{}') as Task;
  const startMs = performance.now();
  const startCpu = process.cpuUsage();
  const urls = await work(task);
  const seconds = (performance.now() - startMs) / 1_000;
  const { user, system } = process.cpuUsage(startCpu);
  const result: Result = { urls, seconds, cpuSeconds: (user + system) / 1e6 };
  process.stdout.write(`RESULT ${JSON.stringify(result)}\n`);
  process.exit(0);
}

export function readList(file: string): string[] {
  return readFileSync(file, 'utf8').split('\n').filter(Boolean);
}

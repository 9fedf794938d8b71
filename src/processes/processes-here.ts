import { totalmem } from 'node:os';
import { containerLimitBytes } from '../worker/memory-limit.ts';
import { coresHere } from './cores.ts';

/** A process that fetches large sites takes about so much memory. */
const PROCESS_BYTES = 256 * 2 ** 20;

/** How many processes keep this machine's cores busy with so many requests at a time, and have the memory that they take. */
export function processesHere(concurrency: number, cores = coresHere(), memoryBytes = Math.min(totalmem(), containerLimitBytes())): number {
  return Math.max(1, Math.min(cores, concurrency, Math.floor(memoryBytes / PROCESS_BYTES)));
}

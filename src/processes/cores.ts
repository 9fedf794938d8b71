import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** Cores that this process may use: those of the machine, or what its control group is given of them (`cpu.max` of version 2, the quota of version 1), rounded down. At least 1. */
export function coresHere(read: (path: string) => string = readText, machine = availableParallelism()): number {
  const [quota, period] = read('/sys/fs/cgroup/cpu.max').trim().split(' ');
  const old = Number(read('/sys/fs/cgroup/cpu/cpu.cfs_quota_us')) / Number(read('/sys/fs/cgroup/cpu/cpu.cfs_period_us'));
  const limits = [machine, Number(quota) / Number(period), old];
  // "max" and -1 are no limits.
  return Math.max(1, Math.floor(Math.min(...limits.filter((limit) => limit > 0))));
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

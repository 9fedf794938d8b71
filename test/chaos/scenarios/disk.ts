import { cpSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CLAIM_MS } from '../build-copy.ts';
import type { Cluster } from '../cluster.ts';
import { mountSmallDisk, type SmallDisk } from '../disk.ts';
import { awaitFaults, exitOf, spread } from '../disturb.ts';
import type { Scenario } from '../scenario.ts';

/** A row takes some 700 bytes. */
const BYTES_PER_URL = 1_500;
const SPARE_BYTES = 2_000_000;
/** Long enough for the next collector, which waits for the last one's claim, to find the disk bad too. */
const BAD_MS = CLAIM_MS + 1_000;
/** Several collectors start and fail within this time. */
const BAD_FIRST_MS = 6_000;
const DISKS = new WeakMap<Cluster, SmallDisk>();

function prepare(cluster: Cluster): void {
  const disk = mountSmallDisk(cluster.dataDir, cluster.inputs.length * BYTES_PER_URL + SPARE_BYTES);
  cluster.way = disk === undefined ? 'no mount: errors of the file handle' : 'tmpfs';
  if (disk === undefined) return;
  DISKS.set(cluster, disk);
  // The first collector cannot even create the run's folder.
  disk.fill();
  cluster.atEnd(() => {
    cpSync(cluster.dataDir, join(cluster.folder, 'disk'), { recursive: true });
    disk.remove();
  });
}

/** Files of the run that are no longer needed. */
function leftovers(cluster: Cluster): string[] {
  const names = readdirSync(cluster.files.folder).filter((name) => name.endsWith('.tmp') && name !== 'checkpoint.json.tmp');
  return names.length === 0 ? [] : [`left behind: ${names.join(', ')}`];
}

/** The collector at work finds the disk full, and so do its successors, until there is room again. */
async function fill(cluster: Cluster, disk: SmallDisk): Promise<void> {
  await cluster.victim('collect');
  disk.fill();
  cluster.fault('disk', 'the disk is full');
  await sleep(BAD_MS);
  disk.clear();
}

/** Only a disk with no file open for writing can be made read-only, so the collector ends first. */
async function makeReadOnly(cluster: Cluster, disk: SmallDisk): Promise<void> {
  await cluster.victim('collect');
  cluster.processes.hold('collect');
  for (const child of cluster.processes.running('collect')) {
    child.kill('SIGKILL');
    await exitOf(child);
  }
  disk.makeReadOnly();
  cluster.fault('disk', 'the disk is read-only');
  cluster.processes.letGo('collect');
  await sleep(BAD_MS);
  disk.makeWritable();
}

export const DISK_SCENARIO: Scenario = {
  name: 'disk',
  meaning: "the collector's disk is full or read-only for a while",
  kills: 10,
  urlsPerKill: 2_000,
  prepare,
  // While the log is open, a disk can become read-only only through errors.
  env: (part, random) => (part === 'collect' ? { CHAOS_DISK: `${random.pick(['ENOSPC', 'EROFS'])}:${random.between(1, 20)}` } : {}),
  disturb: async (cluster, kills) => {
    const disk = DISKS.get(cluster);
    if (disk === undefined) {
      await awaitFaults(cluster, kills);
      return;
    }
    cluster.fault('disk', 'the disk is full from the start');
    await sleep(BAD_FIRST_MS);
    disk.clear();
    await spread(cluster, kills - 1, (index) => (index % 2 === 0 ? fill(cluster, disk) : makeReadOnly(cluster, disk)));
    cluster.problems.push(...leftovers(cluster));
  },
};

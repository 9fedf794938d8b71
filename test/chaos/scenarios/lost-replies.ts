import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Cluster, SLOTS } from '../cluster.ts';
import { endWorker, spread } from '../disturb.ts';
import { replyLosses } from '../reply-losses.ts';
import type { Scenario } from '../scenario.ts';
import { pauseAndResume } from './pause.ts';

/** From now on Redis executes commands whose replies never arrive. */
export function loseReplies(cluster: Cluster, losesReplyTo: (command: string) => boolean): void {
  cluster.proxy.losesReplyTo = losesReplyTo;
  cluster.proxy.onLost = (command) => cluster.fault('lost reply', `a reply to ${command} lost`, SLOTS);
}

/** The number of losses for each command. */
export function someOfEach(cluster: Cluster, most: number): (command: string) => boolean {
  const { proxy, random, target, inputs } = cluster;
  return replyLosses(most, random, () => target.count / inputs.length, proxy.lost);
}

/** A run that is soon removed, of URLs that no server answers, so the site sees nothing of it. */
const NOWHERE = Array.from({ length: 50 }, (_, index) => `http://127.0.0.1:1/${index}`).join('\n');

/** Sends commands that are rare in a run once more. */
const CHORES: ReadonlyArray<(cluster: Cluster, index: number) => Promise<void> | void> = [
  endWorker,
  async (cluster) => {
    (await cluster.victim('collect'))?.kill('SIGTERM');
  },
  (cluster) => cluster.enqueue(),
  (cluster) => cluster.command('status'),
  pauseAndResume,
  async (cluster, index) => {
    writeFileSync(join(cluster.folder, 'another.txt'), NOWHERE);
    await cluster.command('enqueue', '--run', `another-${index}`, 'another.txt');
    await cluster.command('rm', `another-${index}`);
  },
];

async function disturb(cluster: Cluster, kills: number): Promise<void> {
  loseReplies(cluster, someOfEach(cluster, kills));
  await spread(cluster, kills, (index) => CHORES[index % CHORES.length]?.(cluster, index));
  await cluster.until(cluster.inputs.length);
  cluster.proxy.losesReplyTo = () => false;
}

export const LOST_REPLIES_SCENARIOS: readonly Scenario[] = [
  {
    name: 'lost-replies',
    meaning: 'Redis executes a command, and its reply is lost with the connection; the same number of times for each command',
    kills: 20,
    urlsPerKill: 1_500,
    proxied: true,
    disturb,
  },
  {
    name: 'lost-replies-paced',
    meaning: 'the same for a run with an interval, on ten origins, with URLs that kill their worker',
    kills: 15,
    urlsPerKill: 300,
    proxied: true,
    origins: 10,
    runOptions: ['--host-interval', '1ms'],
    poisonous: (kills) => Math.ceil(kills / 3),
    env: (part) => (part === 'worker' ? { CHAOS_DIE: 'poison' } : {}),
    disturb,
  },
];

import { after, describe } from 'node:test';
import { collectingContract } from './collecting.contract.ts';
import type { EngineOnTrial } from './crew.ts';
import { decliningContract } from './declining.contract.ts';
import { operatorsContract } from './operators.contract.ts';
import { politenessContract } from './politeness.contract.ts';
import { settlingContract } from './settling.contract.ts';
import { steeringContract } from './steering.contract.ts';
import { stoppingContract } from './stopping.contract.ts';
import { submittingContract } from './submitting.contract.ts';
import { ticksContract } from './ticks.contract.ts';

/** Each topic is in the file with its name. */
const TOPICS = [
  operatorsContract,
  submittingContract,
  politenessContract,
  settlingContract,
  collectingContract,
  steeringContract,
  decliningContract,
  stoppingContract,
  ticksContract,
];

/** Defines correct behaviour for an engine. Engines from different `open` calls share nothing. */
export function engineContract(name: string, open: () => Promise<EngineOnTrial>): void {
  describe(`${name} engine`, () => {
    let opened: Promise<EngineOnTrial> | undefined;
    const given = () => (opened ??= open());
    after(async () => (await given()).engine.close());
    for (const contract of TOPICS) contract(given);
  });
}

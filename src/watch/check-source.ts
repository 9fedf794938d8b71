import type { Source } from '../producer/sources/source.ts';
import { checkLine } from './check-line.ts';
import type { Rounds, TickTaker } from './rounds.ts';
import type { Service } from './service.ts';

/** Rows name it as where they are from, with the number of the check. */
const NAME = 'checks';

interface CheckSourceOptions {
  services: readonly Service[];
  rounds: Rounds;
  /** One for each round that may begin. */
  ticks: TickTaker;
  /** Asked before each round, with the checks given so far: if so, the source ends. */
  isOver(checks: number): boolean;
  /** Called at a tick that finds these still under way. */
  onLate(services: readonly Service[]): void;
}

/** The services' checks as records, round after round: at each tick one for every service whose check before has come. */
export function checkSource({ services, rounds, ticks, isOver, onLate }: CheckSourceOptions): Source {
  return {
    name: NAME,
    live: true,
    format: 'records',
    identity: 'line',
    async *lines(signal) {
      for (let checks = 0; !isOver(checks); ) {
        if (!(await ticks.take(signal))) return;
        const { round, due, late } = rounds.begin();
        if (late.length > 0) onLate(late.flatMap((index) => services[index] ?? []));
        checks += due.length;
        if (due.length > 0) yield due.map((service) => checkLine(services[service] as Service, { service, round }));
      }
    },
  };
}

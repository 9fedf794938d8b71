import type { Source } from '../producer/sources/source.ts';
import { checkLine } from './check-line.ts';
import type { Rounds, TickTaker } from './rounds.ts';
import type { Service } from './service.ts';

/** The source's name in rows, where the number of the check follows. */
const NAME = 'checks';

interface CheckSourceOptions {
  services: readonly Service[];
  rounds: Rounds;
  /** One tick starts one round. */
  ticks: TickTaker;
  /** Asked before each round, with the number of checks so far. If it returns true, the source ends. */
  isOver(checks: number): boolean;
  /** Called at a tick with the services whose last check has not ended yet. */
  onLate(services: readonly Service[]): void;
}

/** A source of checks as records. Each tick gives one record for every service whose last check has ended. */
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

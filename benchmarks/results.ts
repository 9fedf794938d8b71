/** The results of `npm run bench`, as they are written as JSON. */
export interface Results {
  /** ISO 8601. */
  date: string;
  node: string;
  cpus: number;
  cpu: string;
  /** The load average of the minute before the first round. */
  load: number;
  rounds: number;
  cases: CaseResult[];
  /** Contenders that did not take part, and why. */
  missing: Record<string, string>;
}

export interface CaseResult {
  name: string;
  title: string;
  count: number;
  concurrency: number;
  isCharted: boolean;
  contenders: ContenderResult[];
}

/** Medians over the rounds. */
export interface ContenderResult {
  name: string;
  /** From the start of the command to its end. */
  seconds: number;
  urlsPerSecond: number;
  /** User and system time of the command, without servers. */
  cpuUsPerUrl: number;
}

export const isTrawl = (name: string): boolean => name.startsWith('Trawl');

const whole = (value: number): string => Math.round(value).toLocaleString('en-US');
/** Formats a number with three digits, such as `0.123`, `1.23` or `123`. */
const shown = (value: number): string => (value >= 100 ? whole(value) : String(Number(value.toPrecision(3))));

/** `26,500 URLs/s`, or the time of a case with a single URL. */
export function speedText({ count }: CaseResult, { seconds, urlsPerSecond }: ContenderResult): string {
  return count === 1 ? `${whole(seconds * 1_000)} ms` : `${shown(urlsPerSecond)} URLs/s`;
}

export function cpuText({ cpuUsPerUrl }: ContenderResult): string {
  return cpuUsPerUrl < 1_000 ? `${whole(cpuUsPerUrl)} µs` : `${shown(cpuUsPerUrl / 1_000)} ms`;
}

/** Markdown: a table for each case. "Speed" is relative to Trawl without Redis. */
export function resultTables({ cases, date, node, cpus, cpu, load, rounds, missing }: Results): string {
  const left = Object.values(missing).map((why) => ` Left out: ${why}.`);
  const head = `${date.slice(0, 10)}, Node ${node.slice(1)}, ${cpus} cores (${cpu}), load ${load.toFixed(1)} before the start, median of ${rounds}.${left.join('')}`;
  return `${[head, ...cases.map(caseTable)].join('\n\n')}\n`;
}

function caseTable(race: CaseResult): string {
  const own = race.contenders.find(({ name }) => name === 'Trawl')?.seconds;
  const rows = race.contenders.map((contender) => {
    const relative = own === undefined ? '' : `${(own / contender.seconds).toFixed(2)}`;
    return `| ${contender.name} | ${contender.seconds.toFixed(2)} s | ${speedText(race, contender)} | ${relative} | ${cpuText(contender)} |`;
  });
  return [
    `**${race.title}** (\`${race.name}\`): ${whole(race.count)} URL${race.count === 1 ? '' : 's'}, ${race.concurrency} at a time`,
    '',
    '| | time | | speed, Trawl = 1 | CPU per URL |',
    '|---|--:|--:|--:|--:|',
    ...rows,
  ].join('\n');
}

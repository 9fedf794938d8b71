import { STATUS_CODES } from 'node:http';
import type { Outcome } from '../model/outcome.ts';
import { resultWord } from './row-words.ts';
import { shownNumber } from './shown-figures.ts';

/** Failures that are shown; the others are only counted. */
const MAX_SHOWN = 1_000;

/** The heading for a verdict, or for the error code of a broken local link. */
const MEANINGS: Readonly<Record<string, string>> = {
  timeout: 'timeout: no answer in time',
  dns: 'dns: no such host',
  refused: 'refused: nothing listens there',
  reset: 'reset: the connection was cut',
  tls: 'tls: certificate or handshake problem',
  protocol: 'protocol: not valid HTTP',
  'too-many-redirects': 'too-many-redirects',
  'invalid-url': 'invalid-url: not a valid URL',
  crashed: 'crashed: could not be fetched on this machine',
  'map-failed': 'map-failed: the map module failed',
  FILE_NOT_FOUND: 'file not found',
  FRAGMENT_NOT_FOUND: 'fragment not found',
};

interface Group {
  count: number;
  lines: string[];
}

/** Groups failures by cause, for a terminal. It holds only the lines that will be shown, however many failures there are. */
export class FailureGroups {
  readonly #groups = new Map<string, Group>();
  #failures = 0;
  #shown = 0;

  /** @param linesOf gives the lines for a failure; called only if the failure is shown */
  add(outcome: Outcome, linesOf: (outcome: Outcome) => readonly string[]): void {
    const cause = causeOf(outcome);
    let group = this.#groups.get(cause);
    if (group === undefined) {
      group = { count: 0, lines: [] };
      this.#groups.set(cause, group);
    }
    this.#failures++;
    group.count++;
    if (this.#shown === MAX_SHOWN) return;
    this.#shown++;
    group.lines.push(...linesOf(outcome));
  }

  /** The number of failures that are not shown. */
  get more(): number {
    return this.#failures - this.#shown;
  }

  /** Each group: its heading, its lines and an empty line. The largest group comes last, next to the total, where a reader looks first. */
  lines(paintHeading: (text: string) => string): string[] {
    const groups = [...this.#groups].sort(([, a], [, b]) => a.count - b.count);
    return groups.flatMap(([cause, { count, lines }]) => [
      paintHeading(`${cause} (${shownNumber(count)} ${count === 1 ? 'URL' : 'URLs'})`),
      ...lines,
      '',
    ]);
  }
}

function causeOf(outcome: Outcome): string {
  const word = resultWord(outcome);
  const name = word === 'broken' ? (outcome.error?.code ?? word) : word;
  const reason = STATUS_CODES[name];
  return reason === undefined ? (MEANINGS[name] ?? name) : `${name} ${reason}`;
}

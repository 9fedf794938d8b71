import type { OriginReport } from '../frontier/scripts/settle.ts';

/** What a visit has learnt about origins and not sent yet. */
export class OriginReports {
  readonly #slowMs: number;
  #reports = new Map<string, OriginReport & { fetches: number }>();

  /** @param slowMs a lower mean latency is reported as 0 */
  constructor(slowMs: number) {
    this.#slowMs = slowMs;
  }

  /** Records the end of a fetch. @param holdMs the pause that the origin asked for; 0 if none */
  add(origin: string, latencyMs: number, holdMs: number, answered: boolean): void {
    let report = this.#reports.get(origin);
    if (report === undefined) {
      report = { origin, holdMs: 0, latencyMs: 0, misses: 0, answered: false, fetches: 0 };
      this.#reports.set(origin, report);
    }
    report.misses = answered ? 0 : report.misses + 1;
    if (answered) report.answered = true;
    report.latencyMs += latencyMs;
    report.fetches++;
    report.holdMs = Math.max(report.holdMs, holdMs);
  }

  /** Removes and returns all of them. */
  take(): OriginReport[] {
    const reports = [...this.#reports.values()].map(({ latencyMs, fetches, ...report }) => {
      const meanMs = Math.round(latencyMs / fetches);
      return { ...report, latencyMs: meanMs > this.#slowMs ? meanMs : 0 };
    });
    this.#reports = new Map();
    return reports;
  }
}

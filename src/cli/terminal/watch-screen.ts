import { once } from 'node:events';
import { changeJson, changeText, endJson, endText } from '../../watch/change-text.ts';
import type { Findings, Found } from '../../watch/findings.ts';
import { coloured, type Paint, plain } from '../../watch/paint.ts';
import { statusTable } from '../../watch/status-table.ts';
import type { CommandContext } from '../command-context.ts';

/** Rounds can be minutes apart, so the table is redrawn in between: its times advance, and it adapts to the size of the terminal. */
const REDRAW_MS = 1_000;

/**
 * The output of a watch: each change on stdout and, if stdout and stderr are terminals, a table below that is redrawn in place. Only terminals get colours. `NO_COLOR` turns off
 * the colours; `TERM=dumb` turns off the colours and the table.
 */
export class WatchScreen {
  readonly #context: CommandContext;
  readonly #findings: Findings;
  readonly #paint: Paint;
  readonly #isLive: boolean;
  #redraw: NodeJS.Timeout | undefined;

  constructor(context: CommandContext, findings: Findings) {
    const { environment, stdout, statusLine, config } = context;
    const canMove = stdout.isTTY === true && environment.TERM !== 'dumb';
    this.#context = context;
    this.#findings = findings;
    this.#paint = canMove && !environment.NO_COLOR ? coloured : plain;
    this.#isLive = canMove && statusLine !== undefined && config.process.progress;
  }

  /** Prints the changes, with backpressure, and redraws the table. */
  async show(found: readonly Found[], run: string): Promise<void> {
    const isJson = this.#context.config.watch.format === 'json';
    const lines = found.flatMap(({ service, meta, changes }) =>
      changes.map((change) => (isJson ? changeJson(change, service, run, meta.round) : changeText(change, service, this.#paint))),
    );
    if (lines.length > 0) await this.#print(lines);
    if (!this.#isLive) return;
    this.#draw();
    this.#redraw ??= setInterval(() => this.#draw(), REDRAW_MS).unref();
  }

  /** Stops redrawing. */
  close(): void {
    clearInterval(this.#redraw);
  }

  /** Removes the live table and prints the final state of the services, unless stdout was closed. */
  async end(rounds: number, tookMs: number): Promise<void> {
    const { config, shutdown, statusLine } = this.#context;
    this.close();
    statusLine?.clear();
    if (shutdown.outputClosed()) return;
    const { all } = this.#findings;
    if (config.watch.format === 'json') await this.#print([endJson(all, rounds, Date.now())]);
    else await this.#print(['', this.#table(Date.now(), Number.POSITIVE_INFINITY), '', endText(all, rounds, tookMs)]);
  }

  #draw(): void {
    this.#context.statusLine?.show(this.#table(Date.now(), this.#context.stdout.rows ?? 0));
  }

  async #print(lines: readonly string[]): Promise<void> {
    const { stdout, statusLine, shutdown } = this.#context;
    statusLine?.clear();
    if (!stdout.write(`${lines.join('\n')}\n`)) await once(stdout, 'drain', { signal: shutdown.signal }).catch(() => {});
  }

  #table(nowMs: number, rows: number): string {
    const { stdout } = this.#context;
    const terminal = stdout.isTTY ? { columns: stdout.columns ?? 0, rows, paint: this.#paint } : undefined;
    return statusTable(this.#findings.all, nowMs, terminal);
  }
}

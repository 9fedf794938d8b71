import { once } from 'node:events';
import { boardText } from '../../watch/board-text.ts';
import { changeJson, changeText, endJson, endText } from '../../watch/change-text.ts';
import type { Findings, Found } from '../../watch/findings.ts';
import { coloured, type Paint, plain } from '../../watch/paint.ts';
import type { CommandContext } from '../command-context.ts';

/** Rounds may be minutes apart: the table says that often for how long things have been as they are, and fits itself to the terminal. */
const REDRAW_MS = 1_000;

/**
 * What a watch shows: each change on stdout, and below them, if stdout and stderr are a terminal, a table that is redrawn in place. Colours are for terminals, and `NO_COLOR` and
 * `TERM=dumb` turn them off, the latter also the table.
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

  /** Prints the changes, as fast as the reader takes them, and redraws the table. */
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

  /** Draws no more. */
  close(): void {
    clearInterval(this.#redraw);
  }

  /** Takes the table away, and prints where the services stand; nothing to a stdout that was closed. */
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
    return boardText(this.#findings.all, nowMs, terminal);
  }
}

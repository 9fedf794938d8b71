import { PassThrough } from 'node:stream';
import type { CommandContext } from '../../src/cli/command-context.ts';
import { listenForSignals } from '../../src/cli/shutdown.ts';
import { silentLog } from '../../src/model/log.ts';
import { loadConfig } from '../../src/options/load-config.ts';
import type { GivenFlag } from '../../src/options/option-name.ts';

/** The context of a `trawl watch` that runs in this process and gets no signals. */
export function watchContext(flags: readonly GivenFlag[], changes: Partial<CommandContext>): CommandContext {
  return {
    words: [],
    implied: false,
    config: loadConfig('watch', flags, {}),
    environment: {},
    stdin: new PassThrough(),
    stdout: new PassThrough(),
    tell: () => {},
    say: () => {},
    settings: () => [],
    columns: () => 80,
    log: silentLog,
    shutdown: listenForSignals(
      { on: () => {} },
      () => {},
      () => {},
    ),
    processName: 'test',
    ...changes,
  };
}

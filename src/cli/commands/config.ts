import { UsageError } from '../../model/errors.ts';
import { maskUrls } from '../../model/url/without-credentials.ts';
import { COMMANDS } from '../../options/commands.ts';
import type { Setting } from '../../options/load-config.ts';
import type { OptionSpec } from '../../options/option-spec.ts';
import { OPTIONS } from '../../options/option-table.ts';
import { visible } from '../../report/shown-text.ts';
import type { CommandContext } from '../command-context.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { alignedRows } from '../terminal/aligned-rows.ts';

/** `trawl config [COMMAND]`: shows the settings that a command would use here, and where each value comes from. Secrets are masked. */
export async function config({ words, config: own, settings, stdout }: CommandContext): Promise<ExitCode> {
  const [word = 'crawl'] = words;
  const command = COMMANDS.find((known) => known === word);
  if (command === undefined || words.length > 1)
    throw new UsageError(`config takes one command, such as crawl or check; there is no command ${words.join(' ')}`);
  const shown = settings(command).map((setting) => ({ option: nameOf(setting), value: shownValue(setting), from: setting.from }));
  if (own.report.statusFormat === 'json') stdout.write(`${JSON.stringify({ schema: 1, command, settings: shown }, undefined, 2)}\n`);
  else
    stdout.write(
      alignedRows([['Option', 'Value', 'From'], ...shown.map(({ option, value, from }) => [option, visible(value), visible(from)])], {
        right: [],
      }),
    );
  return EXIT.ok;
}

function nameOf({ key }: Setting): string {
  const { flag, env }: OptionSpec = OPTIONS[key];
  return flag ?? env ?? key;
}

function shownValue({ key, texts }: Setting): string {
  const { flag, valueName }: OptionSpec = OPTIONS[key];
  if (valueName === undefined && flag !== undefined) return 'yes';
  if (key === 'token') return '***';
  // The query can contain the password of the Sentinels.
  if (key === 'redisUrl') return texts.map((text) => maskUrls(text.replace(/\?.*/s, '?…'))).join(', ');
  return texts.map((text) => (key === 'headers' || key === 'auth' ? withoutSecret(text) : maskUrls(text))).join(', ');
}

/** `Name: ***` or `ORIGIN=***`, because the value may be a secret. `env:NAME` is shown, because the name of a variable is not. */
function withoutSecret(text: string): string {
  return /[:=]\s*env:\w+$/.test(text) ? text : text.replace(/^(https?:\/\/[^=]*=|[^:=]*[:=]).*$/s, '$1 ***');
}

import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Command, OPTIONS, type OptionSpec } from '../src/config/option-table.ts';

/** `npm run docs`: writes the option table of README from the one that the program uses. A test fails while they differ. */
const README = fileURLToPath(new URL('../README.md', import.meta.url));
const MARKED = /(<!-- options -->\n)[\s\S]*?(<!-- \/options -->)/;

export function withOptionTable(readme: string): string {
  return readme.replace(MARKED, (_, open: string, close: string) => `${open}${optionTable()}${close}`);
}

function optionTable(): string {
  const rows = Object.values(OPTIONS as Record<string, OptionSpec>).map(
    ({ flag, short, valueName, env, sharedEnv, default: fallback, otherDefaults = {}, commands, meaning }) => {
      const flags = flag === undefined ? '' : [short, flag].filter(Boolean).join(', ') + (valueName === undefined ? '' : ` ${valueName}`);
      const names = [env && `\`${env}\``, sharedEnv && sharedName(sharedEnv, commands)].filter((name) => name !== undefined);
      return [
        flags && `\`${flags}\``,
        [fallback && `\`${fallback}\``, ...Object.entries(otherDefaults).map(([name, other]) => `${name}: \`${other}\``)]
          .filter(Boolean)
          .join(', '),
        names.join(', '),
        commands.join(' '),
        // An example is no link, which GitHub would make of it.
        meaning.replace(/https?:\/\/[^\s,;)]+/g, '`$&`'),
      ];
    },
  );
  const lines = rows.map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`);
  return ['| option | default | environment | commands | |', '|---|---|---|---|---|', ...lines, ''].join('\n');
}

/** A variable that others use too, and the commands that leave it to them. */
function sharedName({ name, commands: readers }: NonNullable<OptionSpec['sharedEnv']>, commands: readonly Command[]): string {
  const others = commands.filter((command) => !readers.includes(command));
  return `\`${name}\`${others.length === 0 ? '' : ` (not for ${others.join(' and ')})`}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(README, withOptionTable(readFileSync(README, 'utf8')));

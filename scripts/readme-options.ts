import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { OPTIONS, type OptionSpec } from '../src/config/option-table.ts';

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
      const names = [env, sharedEnv === undefined ? undefined : `${sharedEnv.name} (not for crawl and watch)`].filter(
        (name) => name !== undefined,
      );
      return [
        flags && `\`${flags}\``,
        [fallback && `\`${fallback}\``, ...Object.entries(otherDefaults).map(([name, other]) => `${name}: \`${other}\``)]
          .filter(Boolean)
          .join(', '),
        names.map((name) => `\`${name}\``).join(', '),
        commands.join(' '),
        meaning,
      ];
    },
  );
  const lines = rows.map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`);
  return ['| option | default | environment | commands | |', '|---|---|---|---|---|', ...lines, ''].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(README, withOptionTable(readFileSync(README, 'utf8')));

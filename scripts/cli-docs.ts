import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { COMMAND_TEXTS } from '../src/cli/messages/command-texts.ts';
import { COMMANDS, type Command } from '../src/options/commands.ts';
import type { OptionSpec } from '../src/options/option-spec.ts';
import { allOptions, groupOf, OPTION_GROUPS } from '../src/options/option-table.ts';

/** `npm run docs`: writes the commands and the options into docs/cli.md, from the texts that `--help` prints. A test fails if they differ. */
const PAGE = fileURLToPath(new URL('../docs/cli.md', import.meta.url));

/** Returns the page with its generated parts updated. */
export function withGeneratedParts(page: string): string {
  return between('options', between('commands', page, commandSections()), optionTables());
}

/** Returns the page with new content between the two comments of this name. */
export function between(name: string, page: string, content: string): string {
  const marked = new RegExp(`(<!-- ${name} -->\n)[\\s\\S]*?(<!-- /${name} -->)`);
  if (!marked.test(page)) throw new Error(`the page has no place for its ${name}`);
  return page.replace(marked, (_, open: string, close: string) => `${open}${content}${close}`);
}

function commandSections(): string {
  const printed = new Map<string, Command>();
  return COMMANDS.map((command) => {
    const { words, description, examples } = COMMAND_TEXTS[command];
    const paragraphs = description.split('\n\n').map((paragraph) => {
      const earlier = printed.get(paragraph);
      if (earlier !== undefined) return `${paragraph.split(' ', 1)[0]}: as for \`trawl ${earlier}\`.`;
      printed.set(paragraph, command);
      return asMarkdown(paragraph);
    });
    const heading = `### trawl ${command}${words && ` ${words}`}`.replaceAll('<', '\\<').replaceAll('[', '\\[');
    return [heading, ...paragraphs, examples.map((example) => `    ${example}`).join('\n'), ''].join('\n\n').trimEnd();
  })
    .join('\n\n')
    .concat('\n');
}

/** Converts a paragraph of help to Markdown: examples are indented by four spaces instead of two, and `<` is escaped because it would begin a tag. */
function asMarkdown(paragraph: string): string {
  return paragraph.startsWith('  ') ? paragraph.replaceAll(/^ {2}/gm, '    ') : paragraph.replaceAll('<', '\\<');
}

function optionTables(): string {
  return Object.entries(OPTION_GROUPS)
    .map(([group, title]) => {
      const specs = allOptions().filter(([key]) => groupOf(key) === group);
      return `### ${title}\n\n${optionTable(specs.map(([, spec]) => spec))}`;
    })
    .join('\n');
}

function optionTable(specs: readonly OptionSpec[]): string {
  const rows = specs.map(({ flag, short, valueName, env, sharedEnv, default: fallback, otherDefaults = {}, commands, meaning }) => {
    const flags = flag === undefined ? '' : [short, flag].filter(Boolean).join(', ') + (valueName === undefined ? '' : ` ${valueName}`);
    const names = [env && `\`${env}\``, sharedEnv && sharedName(sharedEnv, commands)].filter((name) => name !== undefined);
    return [
      flags && `\`${flags}\``,
      [fallback && `\`${fallback}\``, ...Object.entries(otherDefaults).map(([name, other]) => `${name}: \`${other}\``)]
        .filter(Boolean)
        .join(', '),
      names.join(', '),
      commands.join(' '),
      // GitHub would turn a bare example URL into a link.
      meaning.replace(/https?:\/\/[^\s,;)]+/g, '`$&`'),
    ];
  });
  const lines = rows.map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`);
  return ['| option | default | environment | commands | meaning |', '|---|---|---|---|---|', ...lines, ''].join('\n');
}

/** An environment variable that other software reads too, and the commands that do not read it. */
function sharedName({ name, commands: readers }: NonNullable<OptionSpec['sharedEnv']>, commands: readonly Command[]): string {
  const others = commands.filter((command) => !readers.includes(command));
  return `\`${name}\`${others.length === 0 ? '' : ` (not for ${others.join(' and ')})`}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(PAGE, withGeneratedParts(readFileSync(PAGE, 'utf8')));

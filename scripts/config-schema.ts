import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { COMMANDS } from '../src/options/commands.ts';
import { allNames, namedOptions } from '../src/options/option-name.ts';
import type { OptionSpec } from '../src/options/option-spec.ts';
import { OPTIONS } from '../src/options/option-table.ts';

const SCHEMA = fileURLToPath(new URL('../docs/schemas/config.schema.json', import.meta.url));

/** The JSON Schema of trawl.config.json, with which editors complete and validate the file. A test fails if docs/schemas differs from it. */
export function configSchema(): string {
  const properties = Object.fromEntries(allNames().map((name) => [name, propertyOf(name)]));
  const schema = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Configuration of trawl',
    description:
      'Options for every command that takes them, by the names of their flags. Flags and environment variables go before this file.',
    type: 'object',
    properties: { $schema: { type: 'string' }, ...properties },
    additionalProperties: false,
  };
  return `${JSON.stringify(schema, undefined, 2)}\n`;
}

/** Options of several commands may share a name. The schema then accepts any of them. */
function propertyOf(name: string): object {
  const specs = new Set(COMMANDS.flatMap((command) => namedOptions(command).get(name) ?? []));
  const meanings = [...specs].map((key) => OPTIONS[key].meaning);
  const options = [...specs].map((key): OptionSpec => OPTIONS[key]);
  const description = [...new Set(meanings)].join(' / ');
  if (options.every(({ valueName }) => valueName === undefined)) return { description, type: 'boolean' };
  const value = { type: ['string', 'number'] };
  const takesList = options.some(({ repeatable }) => repeatable) || name === 'format' || name === 'output';
  return takesList ? { description, anyOf: [value, { type: 'array', items: value }] } : { description, ...value };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(SCHEMA, configSchema());

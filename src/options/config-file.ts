import { isAbsolute, relative } from 'node:path';
import { lilconfig } from 'lilconfig';
import { UsageError } from '../model/errors.ts';
import { editDistance } from '../util/edit-distance.ts';
import type { Command } from './commands.ts';
import { allNames, type GivenFlag, namedOptions } from './option-name.ts';
import type { OptionSpec } from './option-spec.ts';
import { OPTIONS, type OptionKey } from './option-table.ts';

/** The contents of a configuration file: its names and their values. */
export interface ConfigFile {
  /** The path as messages show it. */
  path: string;
  values: Readonly<Record<string, unknown>>;
}

const NAMES = ['trawl.config.json', 'trawl.config.mjs'];
/** Given instead of a path: use no file. */
const NO_FILE = 'none';

/**
 * Reads the named configuration file or, without a name, the nearest `trawl.config.json` or `trawl.config.mjs` in the folder or above it, up to the home directory. Undefined if there is none.
 * Rejects with UsageError if the file cannot be read or does not contain an object.
 */
export async function readConfigFile(named: string | undefined, folder: string): Promise<ConfigFile | undefined> {
  if (named === NO_FILE) return undefined;
  const searcher = lilconfig('trawl', { searchPlaces: NAMES, cache: false });
  const result = await (named === undefined ? searcher.search(folder) : searcher.load(named)).catch((error: Error) => {
    throw new UsageError(`cannot read the configuration file ${named ?? NAMES.join(' or ')}: ${error.message}`, { cause: error });
  });
  if (result === null || result.isEmpty) return undefined;
  const path = shortPath(result.filepath, folder);
  const values: unknown = result.config;
  if (typeof values !== 'object' || values === null || Array.isArray(values))
    throw new UsageError(`${path} must hold an object of options, such as { "timeout": "5s" }`);
  return { path, values: values as Record<string, unknown> };
}

/** Converts the settings of a file into flags of the command. Options of other commands are ignored. Adds a message to `problems` for each mistake. */
export function flagsOfFile({ path, values }: ConfigFile, command: Command, problems: string[]): GivenFlag[] {
  const named = namedOptions(command);
  const flags: GivenFlag[] = [];
  for (const [name, value] of Object.entries(values)) {
    if (name === '$schema') continue;
    const key = named.get(name);
    if (key !== undefined) flags.push(...flagsOf({ key, name: `${path}: ${name}`, value }, problems));
    else if (!allNames().includes(name)) problems.push(`${path}: ${unknownName(name)}`);
  }
  return inPairs(flags);
}

function flagsOf({ key, name, value }: { key: OptionKey; name: string; value: unknown }, problems: string[]): GivenFlag[] {
  const { valueName, repeatable }: OptionSpec = OPTIONS[key];
  if (valueName === undefined) {
    if (typeof value !== 'boolean') problems.push(`${name}: must be true or false`);
    return value === true ? [{ key, text: '' }] : [];
  }
  const isPaired = key === 'format' || key === 'output';
  const items = Array.isArray(value) && (repeatable || isPaired) ? value : [value];
  return items.flatMap((item) => {
    if (typeof item === 'string' || typeof item === 'number') return [{ key, text: String(item) }];
    problems.push(`${name}: must be text or a number${repeatable ? ', or a list of these' : ''}`);
    return [];
  });
}

/** Pairs the first format with the first output, and so on. */
function inPairs(flags: readonly GivenFlag[]): GivenFlag[] {
  const [formats, outputs] = [flags.filter(({ key }) => key === 'format'), flags.filter(({ key }) => key === 'output')];
  const pairs = formats.flatMap((format, index) => [format, ...outputs.slice(index, index + 1)]);
  const others = flags.filter(({ key }) => key !== 'format' && key !== 'output');
  return [...others, ...pairs, ...outputs.slice(formats.length)];
}

function unknownName(name: string): string {
  const [nearest] = allNames()
    .map((known) => ({ known, distance: editDistance(name.toLowerCase().replaceAll('-', ''), known.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  const hint = nearest !== undefined && nearest.distance <= 3 ? `; did you mean ${nearest.known}?` : '; trawl config lists the options';
  return `there is no option ${JSON.stringify(name)}${hint}`;
}

function shortPath(path: string, folder: string): string {
  const below = relative(folder, path);
  return below.startsWith('..') || isAbsolute(below) ? path : below;
}

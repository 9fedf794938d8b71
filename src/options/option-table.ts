import type { Parsed } from '../model/parsed.ts';
import type { Command } from './commands.ts';
import type { OptionSpec, OptionTable, Scope } from './option-spec.ts';
import { CI } from './table/ci.ts';
import { CLUSTER } from './table/cluster.ts';
import { CRAWLING } from './table/crawling.ts';
import { MAPS } from './table/maps.ts';
import { OUTPUT } from './table/output.ts';
import { POLITENESS } from './table/politeness.ts';
import { REQUESTS } from './table/requests.ts';
import { SOURCES } from './table/sources.ts';
import { WATCH } from './table/watch.ts';

/** The headings of help, in their order. Each has a file in `table`, which declares the options below it. */
export const OPTION_GROUPS = {
  sources: 'Sources',
  requests: 'Requests',
  crawling: 'Crawling',
  politeness: 'Politeness',
  output: 'Output',
  ci: 'CI',
  maps: 'Map and reduce',
  watch: 'Watching',
  cluster: 'Cluster',
} as const;
export type OptionGroup = keyof typeof OPTION_GROUPS;

/** Every option, by its key. Help, docs/cli.md, the schema of the configuration file, the configuration and the JSON schema of run options are derived from it. */
export const OPTIONS = { ...REQUESTS, ...MAPS, ...CRAWLING, ...POLITENESS, ...SOURCES, ...WATCH, ...CLUSTER, ...OUTPUT, ...CI };

export type OptionKey = keyof typeof OPTIONS;

const TABLES: Readonly<Record<OptionGroup, OptionTable>> = {
  sources: SOURCES,
  requests: REQUESTS,
  crawling: CRAWLING,
  politeness: POLITENESS,
  output: OUTPUT,
  ci: CI,
  maps: MAPS,
  watch: WATCH,
  cluster: CLUSTER,
};

/** The heading under which help lists each option. */
const GROUP_OF = new Map(
  Object.entries(TABLES).flatMap(([group, table]) => Object.keys(table).map((key) => [key, group as OptionGroup] as const)),
);

export function groupOf(key: OptionKey): OptionGroup {
  return GROUP_OF.get(key) as OptionGroup;
}

/** Every option with its name, in the order of the table. */
export function allOptions(): readonly (readonly [OptionKey, OptionSpec])[] {
  return Object.entries(OPTIONS) as [OptionKey, OptionSpec][];
}

type SpecOf<K extends OptionKey> = (typeof OPTIONS)[K];
type ValueOf<S> = S extends { parse(text: string): Parsed<infer T> } ? (S extends { repeatable: true } ? readonly T[] : T) : never;
type AlwaysThere = {
  [K in OptionKey]: SpecOf<K> extends { default: string } | { repeatable: true } | { isSwitch: true } ? K : never;
}[OptionKey];

/** The values of all options. Only options without a default can be absent. */
export type OptionValues = { readonly [K in AlwaysThere]: ValueOf<SpecOf<K>> } & {
  readonly [K in Exclude<OptionKey, AlwaysThere>]?: ValueOf<SpecOf<K>>;
};

type KeysIn<S extends Scope> = {
  [K in OptionKey]: SpecOf<K> extends { combined: true } ? never : SpecOf<K> extends { scope: S } ? K : never;
}[OptionKey];
type FieldOf<K extends OptionKey> = SpecOf<K> extends { field: infer F extends string } ? F : K;

/** The values of one scope, by the names of their fields. */
export type ValuesIn<S extends Scope> = { [K in KeysIn<S> & AlwaysThere as FieldOf<K>]: ValueOf<SpecOf<K>> } & {
  [K in Exclude<KeysIn<S>, AlwaysThere> as FieldOf<K>]?: ValueOf<SpecOf<K>>;
};

/** Picks the values of one scope, without combined options. */
export function valuesIn<S extends Scope>(scope: S, values: OptionValues): ValuesIn<S> {
  const fields = allOptions().flatMap(([key, spec]) => {
    const value = values[key];
    return spec.scope !== scope || spec.combined || value === undefined ? [] : [[spec.field ?? key, value] as const];
  });
  return Object.fromEntries(fields) as ValuesIn<S>;
}

/** The options that a command takes, in the order of the table. */
export function optionsOf(command: Command): readonly (readonly [OptionKey, OptionSpec])[] {
  return allOptions().filter(([, spec]) => spec.commands.includes(command));
}

/** The default of an option for this command, as written on the command line; undefined if there is none. */
export function defaultOf({ default: common, otherDefaults }: OptionSpec, command: Command): string | undefined {
  return otherDefaults?.[command] ?? common;
}

/** The environment variables that set this option for a command. Earlier ones override later ones. */
export function environmentNames(spec: OptionSpec, command: Command): readonly string[] {
  const names = spec.env === undefined ? [] : [spec.env];
  return spec.sharedEnv?.commands.includes(command) ? [...names, spec.sharedEnv.name] : names;
}

import type { Redis } from 'ioredis';
import type { RunId } from '../../../../src/model/run-id.ts';

/** Everything that the frontier stores for a deployment in Redis, at one moment. Entries are identified by their keys. */
export interface FrontierState {
  runs: ReadonlyMap<RunId, RunState>;
  /** The members of the sorted sets `runs`, `open` and `ended`. */
  listed: Record<'runs' | 'open' | 'ended', string[]>;
  busy: Fields;
  misses: Fields;
  pace: Fields;
  latency: Fields;
  /** Origin → run that waits for a lane → its claim. */
  blocked: ReadonlyMap<string, Fields>;
  /** Names of all other keys, without the prefix. */
  others: string[];
}

export interface RunState {
  /** Names of its keys, without their common part. */
  names: string[];
  meta: Fields;
  counts: ReadonlyMap<string, number>;
  backlogs: ReadonlyMap<string, string[]>;
  /** Entries whose origin has no backlog yet. */
  unsorted: string[];
  ready: ReadonlyMap<string, number>;
  blocked: ReadonlySet<string>;
  /** Entry → when it is due. */
  due: ReadonlyMap<string, number>;
  flights: ReadonlyMap<number, Flight>;
  held: ReadonlySet<number>;
  suspects: Fields;
  hosts: ReadonlyMap<string, number>;
  outcomes: Array<{ id: string; lines: string[]; total: number }>;
}

export interface Flight {
  token: string;
  /** Entry → origin. */
  entries: ReadonlyMap<string, string>;
  /** Origin → entries, as stored in the hash. */
  origins: ReadonlyMap<string, number>;
}

type Fields = ReadonlyMap<string, string>;
type Value = string | string[] | Array<[string, string[]]>;

/** One script, so that the state is from one moment. */
const DUMP = `
local READ = {
  hash = function(key) return redis.call('HGETALL', key) end,
  list = function(key) return redis.call('LRANGE', key, 0, -1) end,
  set = function(key) return redis.call('SMEMBERS', key) end,
  zset = function(key) return redis.call('ZRANGE', key, 0, -1, 'WITHSCORES') end,
  string = function(key) return '' end,
  stream = function(key) return redis.call('XRANGE', key, '-', '+') end,
}
local dump = {}
for i, key in ipairs(redis.call('KEYS', ARGV[1] .. '*')) do
  dump[i] = { key:sub(#ARGV[1] + 1), READ[redis.call('TYPE', key).ok](key) }
end
return dump`;

export async function readFrontier(redis: Redis, base: string): Promise<FrontierState> {
  const dump = new Map(((await redis.eval(DUMP, 0, base)) as Array<[string, Value]>).sort(([a], [b]) => (a < b ? -1 : 1)));
  const take = (name: string): Value => {
    const value = dump.get(name) ?? [];
    dump.delete(name);
    return value;
  };
  const fields = (name: string) => pairs(take(name) as string[]);
  const listed = (name: string) => [...fields(name).keys()];
  const runNames = new Map<RunId, string[]>();
  const blocked = new Map<string, Fields>();
  for (const name of [...dump.keys()]) {
    const [, run, rest] = /^run:([^:]+):(.*)$/.exec(name) ?? [];
    if (run !== undefined) runNames.set(run, [...(runNames.get(run) ?? []), rest as string]);
    if (name.startsWith('blocked:')) blocked.set(name.slice('blocked:'.length), fields(name));
  }
  const runs = new Map([...runNames].map(([run, names]) => [run, runState(names.sort(), (name) => take(`run:${run}:${name}`))]));
  return {
    runs,
    blocked,
    listed: { runs: listed('runs'), open: listed('open'), ended: listed('ended') },
    busy: fields('busy'),
    misses: fields('misses'),
    pace: fields('pace'),
    latency: fields('latency'),
    others: [...dump.keys()],
  };
}

function runState(names: string[], take: (name: string) => Value): RunState {
  const named = (start: string) =>
    names.filter((name) => name.startsWith(start)).map((name) => [name.slice(start.length), take(name)] as const);
  const state: RunState = {
    names,
    meta: pairs(take('meta') as string[]),
    counts: numbers(pairs(take('counts') as string[])),
    backlogs: new Map(named('backlog:').map(([origin, entries]) => [origin, (entries as string[]).map((entry) => entry.slice(0, 16))])),
    unsorted: (take('unsorted') as string[]).map((entry) => entry.slice(entry.indexOf('\n') + 1).slice(0, 16)),
    ready: numbers(pairs(take('ready') as string[])),
    blocked: new Set(take('blocked') as string[]),
    due: new Map(
      [...numbers(pairs(take('due') as string[]))].map(([entry, at]) => [entry.slice(entry.indexOf('\n') + 1).slice(0, 16), at]),
    ),
    flights: new Map(named('flight:').map(([ticket, hash]) => [Number(ticket), flight(pairs(hash as string[]))])),
    held: new Set((take('held') as string[]).map(Number)),
    suspects: pairs(take('suspects') as string[]),
    hosts: numbers(pairs(take('hosts') as string[])),
    outcomes: (take('outcomes') as Array<[string, string[]]>).map(([id, [, lines = '', , total]]) => {
      return { id, lines: lines.split('\n'), total: Number(total) };
    }),
  };
  for (const name of names) take(name);
  return state;
}

function flight(hash: Fields): Flight {
  const fields = [...hash].filter(([field]) => field !== '_');
  const isCount = ([field]: [string, string]) => field.startsWith('o:');
  return {
    token: hash.get('_') ?? '',
    entries: new Map(fields.filter((field) => !isCount(field)).map(([key, value]) => [key, value.slice(0, value.indexOf('\n'))])),
    origins: new Map(fields.filter(isCount).map(([field, count]) => [field.slice(2), Number(count)])),
  };
}

function pairs(flat: string[]): Fields {
  return new Map(flat.flatMap((value, index) => (index % 2 === 0 ? [[value, flat[index + 1] as string] as const] : [])));
}

function numbers(fields: Fields): Map<string, number> {
  return new Map([...fields].map(([name, value]) => [name, Number(value)]));
}

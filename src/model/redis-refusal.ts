/** What a Redis says that will not do its work, and what to do about it. */
const REMEDIES: Readonly<Record<string, string>> = {
  NOAUTH: 'it wants a password: give it in the URL, as :PASSWORD@ before the host',
  WRONGPASS:
    'user or password are wrong: correct them in the URL, as USER:PASSWORD@ before the host; characters such as / # % @ have to be percent-encoded',
  NOPERM: 'this user may not do that: docs/cluster.md lists the commands that it needs',
  READONLY: 'it is a read-only replica: give the address of its master',
  MISCONF: 'it cannot save to its disk, and takes no writes until it can: see its log, and the space on its disk',
  OOM: 'its memory is full: raise maxmemory, or let a collector and workers drain it',
  NOREPLICAS: 'it has fewer replicas than min-replicas-to-write asks for: bring them back, or lower it',
  LOADING: 'it is loading its data: try again when it has done so',
  MASTERDOWN: 'it is a replica that has lost its master: give the address of the master',
  CLUSTERDOWN: 'a part of the cluster is down: see `redis-cli cluster info`',
  MOVED: 'another node of the cluster has these keys: it is looked for',
  ASK: 'the slot of these keys is being moved to another node of the cluster',
  TRYAGAIN: 'the slot of these keys is being moved to another node of the cluster',
};

/** What to do, if the message is a refusal of Redis's; undefined if it is anything else. */
export function redisRemedy(message: string): string | undefined {
  const code = /\b([A-Z]{3,})\b/.exec(message)?.[1] ?? '';
  return message.startsWith(code) ? REMEDIES[code] : undefined;
}

/** What to do about an error reply of Redis, by its code. */
const REMEDIES: Readonly<Record<string, string>> = {
  NOAUTH: 'it requires a password: give it in the URL, as :PASSWORD@ before the host',
  WRONGPASS:
    'user or password is wrong: correct it in the URL, as USER:PASSWORD@ before the host; percent-encode characters such as / # % @',
  NOPERM: 'this user lacks a permission: docs/cluster.md lists the commands that it needs',
  READONLY: 'it is a read-only replica: use the address of its master',
  MISCONF: 'it cannot save to its disk and refuses writes: check its log and its disk space',
  OOM: 'its memory is full: raise maxmemory, or let a collector and workers drain it',
  NOREPLICAS: 'it has fewer replicas than min-replicas-to-write requires: start them, or lower it',
  LOADING: 'it is loading its data: try again later',
  MASTERDOWN: 'it is a replica that has lost its master: use the address of the master',
  CLUSTERDOWN: 'a part of the cluster is down: see `redis-cli cluster info`',
  MOVED: 'another node of the cluster has these keys: looking for it',
  ASK: 'the slot of these keys is moving to another node of the cluster',
  TRYAGAIN: 'the slot of these keys is moving to another node of the cluster',
};

/** What to do about an error reply of Redis. Undefined if the message is anything else. */
export function redisRemedy(message: string): string | undefined {
  const code = /\b([A-Z]{3,})\b/.exec(message)?.[1] ?? '';
  return message.startsWith(code) ? REMEDIES[code] : undefined;
}

/** What to do about an error reply of Redis, by its code. */
const REMEDIES: Readonly<Record<string, string>> = {
  NOAUTH: 'it requires a password: add :PASSWORD@ before the host in the URL',
  WRONGPASS: 'the user name or password is wrong: correct USER:PASSWORD@ before the host in the URL',
  NOPERM: 'this user lacks permissions: allow it all commands on keys with the prefix',
  READONLY: 'it is a read-only replica: use the address of its master',
  MISCONF: 'it cannot save to its disk, and rejects writes until it can: check its log and its disk space',
  OOM: 'its memory is full: raise maxmemory, or let a collector and workers drain it',
  NOREPLICAS: 'it has fewer replicas than min-replicas-to-write requires: bring them back, or lower the setting',
  LOADING: 'it is loading its data: try again later',
  MASTERDOWN: 'it is a replica that lost its master: use the address of the master',
};

/** What to do about an error reply of Redis. Undefined if the message is anything else. */
export function redisRemedy(message: string): string | undefined {
  const code = /\b([A-Z]{3,})\b/.exec(message)?.[1] ?? '';
  return message.startsWith(code) ? REMEDIES[code] : undefined;
}

/** What a Redis says that will not do its work, and what to do about it. */
const REMEDIES: Readonly<Record<string, string>> = {
  NOAUTH: 'it wants a password: give it in the URL, as :PASSWORD@ before the host',
  WRONGPASS: 'user or password are wrong: correct them in the URL, as USER:PASSWORD@ before the host',
  NOPERM: 'this user may not do that: give it all commands on the keys of the prefix',
  READONLY: 'it is a read-only replica: give the address of its master',
  MISCONF: 'it cannot save to its disk, and takes no writes until it can: see its log, and the space on its disk',
  OOM: 'its memory is full: raise maxmemory, or let a collector and workers drain it',
  NOREPLICAS: 'it has fewer replicas than min-replicas-to-write asks for: bring them back, or lower it',
  LOADING: 'it is loading its data: try again when it has done so',
  MASTERDOWN: 'it is a replica that has lost its master: give the address of the master',
};

/** What to do, if the message is a refusal of Redis's; undefined if it is anything else. */
export function redisRemedy(message: string): string | undefined {
  const code = /\b([A-Z]{3,})\b/.exec(message)?.[1] ?? '';
  return message.startsWith(code) ? REMEDIES[code] : undefined;
}

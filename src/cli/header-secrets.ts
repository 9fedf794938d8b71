import { isSecret } from '../collector/redact-headers.ts';
import { UsageError } from '../model/errors.ts';
import { mayNameVariable, referredVariable } from '../model/request-header.ts';
import type { CommandContext } from './command-context.ts';

type Context = Pick<CommandContext, 'config' | 'environment' | 'log'>;

/**
 * Checks, in a process that will fetch, that the variables behind `env:NAME` in headers and credentials are set and may be read. A run with a missing variable waits for a worker that has it.
 * Without Redis there is no other worker, so this throws UsageError. With Redis it only warns.
 */
export function checkReferredSecrets({ config, environment, log }: Context): void {
  const { headers, auth } = config.run;
  const { envAllow } = config.process;
  const named = [
    ...headers.map(([name, value]) => [value, `the header ${name}`] as const),
    ...auth.map(([origin, credentials]) => [credentials, origin] as const),
  ].flatMap(([value, what]) => {
    const variable = referredVariable(value);
    return variable === undefined ? [] : [{ variable, words: `${variable} (for ${what})` }];
  });
  const refused = named.filter(({ variable }) => !mayNameVariable(variable, envAllow));
  const unset = named.filter((each) => !refused.includes(each) && !environment[each.variable]?.trim());
  const [first] = [
    { missing: refused, problem: 'not allowed by TRAWL_ENV_ALLOW', remedy: 'add it there' },
    { missing: unset, problem: 'not set in the environment', remedy: 'set it there or in .env' },
  ].filter(({ missing }) => missing.length > 0);
  if (first === undefined) return;
  const message = `${first.problem}: ${first.missing.map(({ words }) => words).join(', ')}`;
  if (config.process.redisUrl === undefined) throw new UsageError(`${message}; ${first.remedy}`);
  log.warn({ event: 'secret-missing' }, `${message}: this process leaves the URLs of the run to workers that have it`);
}

/** Warns about headers and credentials that look like secrets: on Redis they are stored with the run, unless they are given as `env:NAME`. */
export function warnOfStoredSecrets({ config, log }: Context): void {
  if (config.process.redisUrl === undefined) return;
  const open = config.run.auth.flatMap(([origin, credentials]) => (referredVariable(credentials) === undefined ? [origin] : []));
  if (open.length > 0) {
    const remedy = `write --auth '${open[0]}=env:NAME' and set NAME for each worker`;
    log.warn(
      { event: 'secret-in-redis' },
      `the credentials for ${open.join(', ')} are stored in Redis, and everyone who can read it sees them: ${remedy}`,
    );
  }
  const [first, ...others] = config.run.headers.flatMap(([header, value]) => (isSecret(header, value) ? [header] : []));
  if (first === undefined) return;
  log.warn(
    { event: 'secret-in-redis' },
    `the value of ${[first, ...others].join(', ')} is stored in Redis, and everyone who can read it sees it: write -H '${first}: env:NAME' and set NAME for each worker`,
  );
}

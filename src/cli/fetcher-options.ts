import type { FetcherOptions } from '../fetch/fetcher.ts';
import type { CommandContext } from './command-context.ts';

/** What this process's options say about fetching, whichever command fetches. */
export function fetcherOptions({ config, environment }: Pick<CommandContext, 'config' | 'environment'>): FetcherOptions {
  const { proxies, privateCeiling, resolver, envAllow } = config.process;
  return {
    env: environment,
    ...(envAllow !== undefined && { envAllow }),
    ...(proxies !== undefined && { proxies }),
    ...(privateCeiling !== undefined && { privateCeiling }),
    ...(resolver !== undefined && { resolver }),
  };
}

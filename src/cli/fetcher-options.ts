import type { FetcherOptions } from '../fetch/fetcher.ts';
import type { CommandContext } from './command-context.ts';

/** The options of this process that concern fetching. All commands that fetch use them. */
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

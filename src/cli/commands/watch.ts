import { UsageError } from '../../model/errors.ts';
import type { SourceSpec } from '../../producer/sources/source.ts';
import { readServices } from '../../watch/read-services.ts';
import type { Service } from '../../watch/service.ts';
import { checkBodyFolder } from '../../worker/body-files.ts';
import { checkMapModule } from '../../worker/map/map-module.ts';
import { namedSources, openInput } from '../begin-run.ts';
import type { CommandContext } from '../command-context.ts';
import type { ExitCode } from '../exit-code.ts';
import { checkReferredSecrets, warnOfStoredSecrets } from '../header-secrets.ts';
import { openUnlessStopped } from '../open-engine.ts';
import { stoppedCode } from '../shutdown.ts';
import { watchServices } from '../watch-runs.ts';
import { mapPlaces } from './worker.ts';

/** `trawl watch [SOURCE...]`: checks services again and again, and reports changes. */
export async function watch(context: CommandContext): Promise<ExitCode> {
  const { config, shutdown } = context;
  const services = await readList(context);
  if (services === undefined) return stoppedCode(shutdown);
  checkReferredSecrets(context);
  if (config.run.map !== undefined) await checkMapModule(config.run.map, mapPlaces(context));
  if (config.process.saveBodies !== undefined) await checkBodyFolder(config.process.saveBodies);
  warnOfStoredSecrets(context);
  const engine = await openUnlessStopped(context, 'once-begun');
  if (engine === undefined) return stoppedCode(shutdown);
  try {
    return await watchServices(context, engine, services);
  } finally {
    await engine.close();
  }
}

/** The services, or undefined if the stop came while they were read. */
async function readList(context: CommandContext): Promise<Service[] | undefined> {
  const { signal } = context.shutdown;
  const specs = (await namedSources(context, { input: 'lines' })).map((spec): SourceSpec => ({ ...spec, reading: { input: 'lines' } }));
  const sources = await openInput(context, specs);
  try {
    const services = await readServices(sources, signal);
    const secret = services.find(({ url, shownUrl }) => url !== shownUrl);
    if (secret === undefined || context.config.process.redisUrl === undefined) return services;
    throw new UsageError(
      `credentials in a URL are not sent through Redis: give those of ${secret.shownUrl} as a header, -H 'Authorization: env:NAME', and set NAME for each worker`,
    );
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
}

import type { Engine } from '../../engine/engine.ts';
import { UsageError } from '../../model/errors.ts';
import { startServer } from '../../serve/server.ts';
import type { CommandContext } from '../command-context.ts';
import type { ExitCode } from '../exit-code.ts';
import { openUnlessStopped } from '../open-engine.ts';
import { stoppedCode } from '../shutdown.ts';
import { metricsText } from '../with-metrics.ts';

/** `trawl serve`: serves the page, the API and the metrics until a signal. It listens before Redis is reached, so that the page can say that Redis is unreachable. */
export async function serve(context: CommandContext): Promise<ExitCode> {
  const { config, words, log, shutdown } = context;
  if (words.length > 0) throw new UsageError('serve takes no arguments: --listen HOST:PORT sets its address');
  let engine: Engine | undefined;
  const server = await startServer(
    {
      options: config.serve,
      dataDir: config.process.dataDir,
      engine: () => engine,
      ...(config.process.metrics !== undefined && { metricsAt: config.process.metrics }),
      log,
    },
    shutdown.signal,
  );
  log.info(
    { event: 'listening', origin: server.origin },
    `listening on ${server.origin}${config.serve.token === undefined ? '' : ', with a token'}`,
  );
  if (server.metricsOrigin !== undefined) context.tell(metricsText(server.metricsOrigin));
  try {
    engine = await openUnlessStopped(context, 'always');
    await server.ended;
    return stoppedCode(shutdown);
  } finally {
    await engine?.close();
  }
}

import { Agent, type Dispatcher } from 'undici';
import { measure, readList } from '../contender.ts';

/** The ceiling: undici's dispatch in a loop, counting bytes and keeping nothing. */
await measure(async ({ listFile, concurrency }) => {
  const urls = readList(listFile);
  const agent = new Agent({ pipelining: 1 });
  let next = 0;
  let done = 0;
  const loop = async () => {
    while (next < urls.length) {
      await get(agent, urls[next++] as string);
      done++;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, loop));
  return done;
});

function get(agent: Agent, url: string): Promise<number> {
  const { origin, pathname } = new URL(url);
  return new Promise((resolve, reject) => {
    let bytes = 0;
    const handler: Dispatcher.DispatchHandler = {
      onRequestStart() {},
      onResponseStart() {},
      onResponseData(_controller, chunk) {
        bytes += chunk.length;
      },
      onResponseEnd() {
        resolve(bytes);
      },
      onResponseError(_controller, error) {
        reject(error);
      },
    };
    agent.dispatch({ origin, path: pathname, method: 'GET' }, handler);
  });
}

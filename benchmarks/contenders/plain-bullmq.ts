import { Queue, QueueEvents, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { Agent, request } from 'undici';
import { measure, readList } from '../contender.ts';

/** What one would write first: one BullMQ job for each URL, undici's `request`, nothing stored but what BullMQ's events carry. */
await measure(async ({ listFile, concurrency, redisUrl }) => {
  const urls = readList(listFile);
  const connection = new Redis(redisUrl, { maxRetriesPerRequest: null });
  const agent = new Agent({ pipelining: 1 });
  const queue = new Queue('plain', { connection });
  const events = new QueueEvents('plain', { connection: connection.duplicate() });
  await events.waitUntilReady();
  let done = 0;
  const worker = new Worker(
    'plain',
    async (job) => {
      const { statusCode, body } = await request(job.data.url, { dispatcher: agent });
      const { byteLength } = await body.arrayBuffer();
      return { statusCode, byteLength };
    },
    { connection, concurrency, removeOnComplete: { count: 0 } },
  );
  const finished = new Promise<void>((resolve) => {
    worker.on('completed', () => {
      if (++done === urls.length) resolve();
    });
  });
  for (let from = 0; from < urls.length; from += 1_000) {
    await queue.addBulk(urls.slice(from, from + 1_000).map((url) => ({ name: 'get', data: { url } })));
  }
  await finished;
  return done;
});

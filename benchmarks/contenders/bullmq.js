// bullmq.js LIST CONCURRENCY REDIS_URL: the obvious design. One BullMQ job for each URL, and undici's `request`. It stores nothing except what is in BullMQ's events.
import { readFileSync } from 'node:fs';
import { Queue, QueueEvents, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { Agent, request } from 'undici';

const [list, concurrency, redisUrl] = process.argv.slice(2);
const urls = readFileSync(list, 'utf8').split('\n').filter(Boolean);
const connection = new Redis(redisUrl, { maxRetriesPerRequest: null });
const agent = new Agent({ pipelining: 1 });
const queue = new Queue('plain', { connection });
const events = new QueueEvents('plain', { connection: connection.duplicate() });
await events.waitUntilReady();
const worker = new Worker(
  'plain',
  async ({ data }) => {
    const { statusCode, body } = await request(data.url, { dispatcher: agent });
    const { byteLength } = await body.arrayBuffer();
    return { statusCode, byteLength };
  },
  { connection, concurrency: Number(concurrency), removeOnComplete: { count: 0 } },
);
let done = 0;
const finished = new Promise((resolve) => {
  worker.on('completed', () => {
    if (++done === urls.length) resolve();
  });
});
for (let from = 0; from < urls.length; from += 1_000) {
  await queue.addBulk(urls.slice(from, from + 1_000).map((url) => ({ name: 'get', data: { url } })));
}
await finished;
process.exit(0);

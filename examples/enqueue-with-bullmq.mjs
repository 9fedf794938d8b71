// Enqueue with plain BullMQ, from any process or any language that has a BullMQ client:
//   node examples/enqueue-with-bullmq.mjs
import { Queue } from 'bullmq';

const connection = { url: process.env.TRAWL_REDIS_URL ?? 'redis://127.0.0.1:6379' };
const urls = new Queue('urls', { connection, prefix: `{${process.env.TRAWL_PREFIX ?? 'trawl'}}` });
const run = `plain-${Date.now()}`;
const lists = [['http://127.0.0.1:8808/get?plain=1', 'http://127.0.0.1:8808/get?plain=2'], ['http://127.0.0.1:8808/status/404']];

// A batch has up to 1,000 lines. Batches are numbered from 0. If a number is added twice, it counts once.
let firstLine = 1;
for (const [batch, lines] of lists.entries()) {
  await urls.add('batch', { run, batch, firstLine, lines }, { jobId: `${run}-b${batch}`, removeOnComplete: true });
  firstLine += lines.length;
}
// The seal says how many batches there are. Without it the run never ends.
await urls.add('seal', { run, batches: lists.length }, { jobId: `${run}-seal`, removeOnComplete: true });
await urls.close();
console.log(run);

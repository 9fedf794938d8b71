import { randomInt, randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { Redis } from 'ioredis';
import { testRedis } from '../../helpers/redis-server.ts';
import { FrontierModel } from './frontier-model.ts';

const STEPS = Number(process.env.TRAWL_MODEL_STEPS) || 300;
/** The others are those with which something was found. */
const SEEDS = process.env.TRAWL_MODEL_SEED ? [Number(process.env.TRAWL_MODEL_SEED)] : [1, 2, 3, randomInt(2 ** 31)];

for (const seed of SEEDS) {
  test(`whatever order the frontier's moves come in, nothing is lost, nothing twice, nobody overrun (seed ${seed})`, async (t) => {
    const redis = new Redis(await testRedis());
    t.after(() => redis.quit());
    const model = await FrontierModel.create(redis, `model-${randomUUID()}`, seed);
    try {
      for (let step = 0; step < STEPS; step++) await model.step();
      await model.finish();
    } catch (error) {
      t.diagnostic(`TRAWL_MODEL_SEED=${seed} TRAWL_MODEL_STEPS=${STEPS}\n${model.trace.join('\n')}`);
      throw error;
    }
  });
}

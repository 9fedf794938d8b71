/**
 * The frontier's moves in random order, with a look at all of it after each. The moves come from the seed; what they find depends on the time too. For longer:
 * `TRAWL_MODEL_STEPS=5000 TRAWL_MODEL_SEED=7 npm test -- test/engine/redis/frontier-model`
 */
import { randomInt, randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { Redis } from 'ioredis';
import { testRedis } from '../../helpers/redis-server.ts';
import { FrontierModel } from './frontier-model/model.ts';
import { finish, step } from './frontier-model/play.ts';

const STEPS = Number(process.env.TRAWL_MODEL_STEPS) || 200;
const SEEDS = process.env.TRAWL_MODEL_SEED ? [Number(process.env.TRAWL_MODEL_SEED)] : [2, 14, 15, randomInt(2 ** 31)];

for (const seed of SEEDS) {
  test(`whatever order its moves come in, nothing is lost, nothing twice, nobody overrun (seed ${seed})`, async (t) => {
    const redis = new Redis(await testRedis());
    t.after(() => redis.quit());
    const model = await FrontierModel.create(redis, `model-${randomUUID()}`, seed);
    try {
      for (let made = 0; made < STEPS; made++) await step(model);
      await finish(model);
    } catch (error) {
      t.diagnostic(`TRAWL_MODEL_SEED=${seed} TRAWL_MODEL_STEPS=${STEPS}\n${model.trace.join('\n')}`);
      throw error;
    }
  });
}

/**
 * Makes the frontier's moves in random order and checks the whole state after each. The seed decides the moves; their results depend on timing too. To run it longer:
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
  test(`random moves lose nothing, duplicate nothing, and exceed no origin's limits (seed ${seed})`, async (t) => {
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

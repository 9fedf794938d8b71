import { modelContract } from './model.contract.ts';
import { redisForModel } from './model-redis-engine.ts';

modelContract('redis', redisForModel, 12);

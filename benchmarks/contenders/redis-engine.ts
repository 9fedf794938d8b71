import '../../src/engine/redis/redis-engine.ts';
import { measure } from '../contender.ts';
import { crawlWith } from './trawl.ts';

/** Producer, one worker and the collector in one process, on a Redis of its own. */
await measure((task) => crawlWith({ kind: 'redis', url: task.redisUrl, prefix: 'bench', patience: 'always' }, task));

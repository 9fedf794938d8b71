import '../../src/engine/memory/memory-engine.ts';
import { measure } from '../contender.ts';
import { crawlWith } from './trawl.ts';

await measure((task) => crawlWith({ kind: 'memory' }, task));

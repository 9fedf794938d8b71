import assert from 'node:assert/strict';
import { test } from 'node:test';
import { redisFacts } from '../../../src/engine/redis/engine-facts.ts';

const INFO = [
  '# Server',
  'redis_version:7.2.4',
  'used_memory:1048576',
  'maxmemory:0',
  'aof_enabled:1',
  'aof_last_write_status:ok',
  'rdb_last_bgsave_status:ok',
  'rdb_saves:0',
  'aof_current_size:7',
  'aof_delayed_fsync:2',
  'aof_rewrite_in_progress:0',
  'rdb_bgsave_in_progress:0',
  'maxmemory_policy:noeviction',
  'connected_clients:5',
  'instantaneous_ops_per_sec:12',
];

function factsWith(changes: Record<string, string>) {
  const lines = INFO.map((line) => {
    const [name = ''] = line.split(':');
    return changes[name] === undefined ? line : `${name}:${changes[name]}`;
  });
  return redisFacts(lines.join('\r\n'));
}

test('the facts are read from INFO', () => {
  assert.deepEqual(factsWith({}), {
    version: '7.2.4',
    usedBytes: 1_048_576,
    maxBytes: 0,
    persistence: 'aof',
    aofBytes: 7,
    delayedSyncs: 2,
    isSaving: false,
    evictionPolicy: 'noeviction',
    clients: 5,
    commandsPerSecond: 12,
  });
  assert.equal(factsWith({ aof_rewrite_in_progress: '1' }).isSaving, true);
  assert.equal(factsWith({ rdb_bgsave_in_progress: '1' }).isSaving, true);
  assert.equal(factsWith({ maxmemory: '2097152' }).maxBytes, 2_097_152);
});

test('the engine detects how Redis persists its data, and when that fails', () => {
  assert.equal(factsWith({ aof_enabled: '0' }).persistence, 'none');
  assert.equal(factsWith({ aof_enabled: '0', rdb_saves: '3' }).persistence, 'snapshots');
  assert.equal(factsWith({ aof_last_write_status: 'err' }).persistence, 'failing');
  assert.equal(factsWith({ rdb_last_bgsave_status: 'err' }).persistence, 'failing');
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '../../src/model/log.ts';
import { complaintsTo } from '../../src/tracing/start-tracing.ts';

test('complaints of OpenTelemetry are logged in full, without credentials, and not again with another number', () => {
  const lines: string[] = [];
  const { warn, error } = complaintsTo({ ...silentLog, warn: (_, message) => void lines.push(message) });
  warn('Exporter', 'the answer cannot be read', new Error('from http://me:secret@host/'), { any: 'object' });
  error('Dropped 3 spans');
  error('Dropped 4 spans');
  assert.deepEqual(lines, ['OpenTelemetry: Exporter: the answer cannot be read: from http://***@host/', 'OpenTelemetry: Dropped 3 spans']);
});

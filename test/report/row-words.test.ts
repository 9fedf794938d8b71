import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reasonWords } from '../../src/report/row-words.ts';
import { outcome } from './sample-log.ts';

test('an untrusted certificate is mentioned if it did not stop the fetch; otherwise the error says it', () => {
  assert.equal(reasonWords(outcome({ status: 200, tlsProblem: 'self-signed' })), 'certificate not trusted: self-signed');
  const stopped = outcome({ verdict: 'tls', error: { code: 'X', message: 'no trusted TLS connection' }, tlsProblem: 'expired' });
  assert.equal(reasonWords(stopped), 'no trusted TLS connection');
});

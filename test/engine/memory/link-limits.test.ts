import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LinkLimits } from '../../../src/engine/memory/link-limits.ts';
import { defaultRunOptions } from '../../../src/options/load-config.ts';

test('counts more URLs of a host than fit in a byte, on all its ports, separately from other hosts', () => {
  const limits = new LinkLimits({ ...defaultRunOptions(), depth: 1, maxUrlsPerHost: 600 });
  const link = (origin: string) => ({ key: '', url: '', origin, depth: 1, attempts: 0, deferrals: 0, acceptedAtMs: 0 });
  const [a, other, b] = [link('http://a.test'), link('https://a.test:8443'), link('http://b.test')];
  for (let urls = 0; urls < 300; urls++) {
    assert.equal(limits.refusal(a, 0, false), undefined);
    limits.count(a);
    limits.count(other);
    if (urls % 100 === 0) limits.count(b);
  }
  assert.equal(limits.refusal(a, 0, false), 'max-urls-per-host');
  assert.equal(limits.refusal(other, 0, false), 'max-urls-per-host');
  assert.equal(limits.refusal(b, 0, false), undefined);
});

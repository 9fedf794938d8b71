import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Lease } from '../../src/collector/lease.ts';
import { CLAIM_MS } from '../../src/engine/collecting.ts';
import { RunClaimedError } from '../../src/model/errors.ts';
import { silentLog } from '../../src/model/log.ts';

const COLLECTOR = { id: 'collector-1', folder: 'folder-1' };

/** A clock that the test advances, and an engine that records the calls. */
class Scene {
  readonly asked: string[] = [];
  readonly time = { monotonicMs: 1_000, wallMs: 1_700_000_000_000 };
  answer: () => Promise<void> = async () => {};

  async take(t: TestContext): Promise<Lease> {
    const clock = { monotonicMs: () => this.time.monotonicMs, wallMs: () => this.time.wallMs };
    const claim = async (_run: string, _collector: object, as = 'fresh') => {
      this.asked.push(as);
      await this.answer();
      return 'first' as const;
    };
    const leave = async () => {
      this.asked.push('leave');
    };
    const lease = await Lease.take({ claim, leave }, 'run', COLLECTOR, 0, clock, silentLog, new AbortController().signal);
    t.after(() => lease.end());
    return lease;
  }

  pass(ms: number): void {
    this.time.monotonicMs += ms;
    this.time.wallMs += ms;
  }
}

test('a valid claim causes no request', async (t) => {
  const scene = new Scene();
  const lease = await scene.take(t);
  for (let step = 0; step < 8; step++) {
    await lease.ensure();
    scene.pass(CLAIM_MS / 10);
  }
  assert.deepEqual(scene.asked, ['fresh']);
});

test('a claim that lapsed by either clock is renewed, not made anew', async (t) => {
  const scene = new Scene();
  const lease = await scene.take(t);
  scene.time.monotonicMs += CLAIM_MS;
  await lease.ensure();
  // The machine was suspended: its monotonic clock stood still.
  scene.time.wallMs += CLAIM_MS;
  await lease.ensure();
  scene.time.wallMs -= 3_600_000;
  scene.time.monotonicMs += CLAIM_MS;
  await lease.ensure();
  assert.deepEqual(scene.asked, ['fresh', 'renew', 'renew', 'renew']);
});

test('a renewal that is refused loses the claim for good', async (t) => {
  const scene = new Scene();
  const lease = await scene.take(t);
  scene.pass(CLAIM_MS);
  scene.answer = () => Promise.reject(new RunClaimedError('another had it'));
  await assert.rejects(lease.ensure(), RunClaimedError);
  assert.ok(lease.lost.reason instanceof RunClaimedError);
  scene.answer = async () => {};
  await assert.rejects(lease.ensure(), RunClaimedError);
});

test('an engine that cannot be asked does not lose the claim', async (t) => {
  const scene = new Scene();
  const lease = await scene.take(t);
  scene.pass(CLAIM_MS);
  scene.answer = () => Promise.reject(new Error('connection lost'));
  await assert.rejects(lease.ensure(), /connection lost/);
  assert.equal(lease.lost.aborted, false);
  scene.answer = async () => {};
  await lease.ensure();
});

test('the answer to a renewal from before a stop is not relied on after it', async (t) => {
  const scene = new Scene();
  const lease = await scene.take(t);
  scene.pass(CLAIM_MS);
  scene.answer = async () => {
    if (scene.asked.length === 2) scene.pass(CLAIM_MS);
  };
  await lease.ensure();
  assert.deepEqual(scene.asked, ['fresh', 'renew', 'renew']);
});
